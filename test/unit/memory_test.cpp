// What releases take from the heap: by what they hold, and never more than they were given.
#include "core/bounding/bounder.hpp"
#include "support/bounding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {
std::atomic<std::size_t> held{0};
std::atomic<std::size_t> most_held{0};

void* count_in(void* block) {
    if (block == nullptr)
        throw std::bad_alloc();
    const std::size_t now = held += malloc_usable_size(block);
    if (now > most_held)
        most_held = now;
    return block;
}

void count_out(void* block) {
    held -= block == nullptr ? 0 : malloc_usable_size(block);
    std::free(block);
}
} // namespace

// Not to be inlined: GCC would then see malloc() meet operator delete.
[[gnu::noinline]] void* operator new(std::size_t size) { return count_in(std::malloc(std::max<std::size_t>(size, 1))); }
[[gnu::noinline]] void operator delete(void* block) noexcept { count_out(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { count_out(block); }

namespace health_dp {
namespace {

// The most that `body` holds at once, beyond what was held before.
template <class Body>
std::size_t peak_of(Body&& body) {
    const std::size_t before = held;
    most_held = before;
    body();
    return most_held - before;
}

constexpr std::int64_t kNoValue = 0;

// However much memory a session may take: a hundred rows need what a hundred rows need.
TEST(Memory, SmallReleasesTakeLittle) {
    test::DataGenerator generate(1);
    test::Data data;
    data.shape.inputs = {{false, 0, 0}};
    data.shape.measurements = {{bounding::MeasurementKind::rows, 0}};
    data.digests = generate.digests(1);
    test::MemoryStore store;
    const std::size_t peak = peak_of([&] {
        bounding::Scatter scatter(data.layout(), std::size_t{1} << 30U, store);
        for (int row = 0; row < 100; ++row)
            scatter.add({generate.word(), 0}, 0, 1, &kNoValue);
        std::vector<bounding::Source> sources;
        sources.emplace_back(scatter, store);
        bounding::Bounder bounder(data.shape, data.layout(), std::size_t{1} << 30U, data.key, data.digests);
        bounding::Totals totals(1, 1);
        for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition)
            bounder.bound(partition, sources, totals);
        EXPECT_EQ(totals.patients[0], 100U);
    });
    EXPECT_LT(peak, 100'000U);
    EXPECT_EQ(store.size(), 0U);
}

// Rows beyond the memory go to the store, however they are spread over partitions.
TEST(Memory, LargeReleasesTakeWhatTheyAreGiven) {
    test::DataGenerator generate(2);
    const bounding::RowLayout layout;
    for (const std::size_t memory : {std::size_t{1} << 20U, std::size_t{1} << 22U}) {
        test::MemoryStore store;
        store.reserve(layout.size() * 1'000'000);
        const std::size_t peak = peak_of([&] {
            bounding::Scatter scatter(layout, memory, store);
            for (int row = 0; row < 1'000'000; ++row)
                scatter.add({generate.word(), 0}, 0, 1, &kNoValue);
        });
        EXPECT_LT(peak, memory + memory / 4);
        EXPECT_GT(store.size(), layout.size() * 1'000'000 - memory);
    }
}

} // namespace
} // namespace health_dp
