// What releases take from the heap: by what they hold, and never more than they were given. A program of its own: it
// replaces operator new, which would hide mistakes from the address sanitizer in all other tests.
#include "core/bounding/bounder.hpp"
#include "core/grouping/dictionary.hpp"
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

// Not to be inlined: GCC would then see malloc() meet operator delete. Every form: the address sanitizer's own would
// not come here, and std::stable_sort() takes its buffer by the one that does not throw.
[[gnu::noinline]] void* operator new(std::size_t size) { return count_in(std::malloc(std::max<std::size_t>(size, 1))); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    try {
        return operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}
[[gnu::noinline]] void operator delete(void* block) noexcept { count_out(block); }
[[gnu::noinline]] void operator delete[](void* block) noexcept { count_out(block); }
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { count_out(block); }
[[gnu::noinline]] void operator delete[](void* block, std::size_t) noexcept { count_out(block); }

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
TEST(Heap, SmallReleasesTakeLittle) {
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
TEST(Heap, LargeReleasesTakeWhatTheyAreGiven) {
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

// What is left to keep falls while the groups' own memory grows: rows in memory are given back.
TEST(Heap, RowsMakeRoom) {
    test::DataGenerator generate(3);
    const bounding::RowLayout layout;
    test::MemoryStore store;
    store.reserve(layout.size() * 200'000);
    bounding::Scatter scatter(layout, std::size_t{1} << 22U, store);
    for (int row = 0; row < 200'000; ++row)
        scatter.add({generate.word(), 0}, 0, 1, &kNoValue);
    ASSERT_EQ(store.size(), 0U);
    const std::size_t before = held;
    scatter.limit(std::size_t{1} << 21U);
    EXPECT_LT(held, before - (std::size_t{3} << 19U));
    EXPECT_GT(store.size(), std::size_t{3} << 19U);
    // Nothing was lost on the way.
    std::uint64_t rows = store.size() / layout.size();
    for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition)
        rows += scatter.rows_in_memory(partition);
    EXPECT_EQ(rows, 200'000U);
}

// Keys of any length and any number take the budget, and beyond it what the header says for each group [W15].
TEST(Heap, KeysTakeTheirBudget) {
    for (const auto& [length, keys] : {std::pair(60'000, 2'000), std::pair(300, 40'000), std::pair(10, 200'000)}) {
        test::MemoryStore store;
        store.reserve(static_cast<std::size_t>(length) * static_cast<std::size_t>(keys));
        constexpr std::size_t kBudget = std::size_t{1} << 20U;
        const std::size_t peak = peak_of([&, length = length, keys = keys] {
            grouping::Dictionary dictionary({}, kBudget, store);
            std::string key(static_cast<std::size_t>(length), 'x');
            for (const bool again : {false, true})
                for (int i = 0; i < keys; ++i) {
                    const std::string digits = std::to_string(1'000'000'000 + i);
                    key.replace(key.size() - digits.size(), digits.size(), digits);
                    ASSERT_EQ(dictionary.number(key), static_cast<std::uint32_t>(i)) << again;
                    ASSERT_EQ(dictionary.size(), static_cast<std::size_t>(again ? keys : i + 1));
                }
        });
        // A vector that grows holds the old and the new for a moment.
        const std::size_t groups = static_cast<std::size_t>(keys) * grouping::Dictionary::kBytesPerGroup;
        EXPECT_LT(peak, 2 * kBudget + 3 * groups) << length;
        EXPECT_GT(store.size(), 0U);
    }
}

} // namespace
} // namespace health_dp
