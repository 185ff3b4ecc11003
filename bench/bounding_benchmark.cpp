// What bounding patients costs in core alone: small releases, and rows a second of large ones, in memory and spilled.
// Usage: bounding_benchmark [rows [PATTERN]]
#include "core/bounding/bounder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

using namespace health_dp;
using Clock = std::chrono::steady_clock;

// A temporary file, written and read in blocks as PostgreSQL does it.
class FileStore final : public bounding::SpillStore {
  public:
    FileStore() : file_(std::tmpfile(), &std::fclose) {}
    std::uint64_t append(const char* bytes, std::size_t size) override {
        check(std::fwrite(bytes, 1, size, file_.get()) == size);
        size_ += size;
        return size_ - size;
    }
    void read(std::uint64_t offset, char* bytes, std::size_t size) override {
        check(std::fseek(file_.get(), static_cast<long>(offset), SEEK_SET) == 0);
        check(std::fread(bytes, 1, size, file_.get()) == size);
    }

  private:
    static void check(bool done) {
        if (!done)
            throw std::runtime_error("temporary file");
    }
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::uint64_t size_ = 0;
};

struct Case {
    const char* what;
    std::uint32_t inputs; // each with a value
    std::uint32_t patient_bytes;
    std::size_t memory;
    std::uint64_t rows; // 0: as many as asked for
    int times;
};

// Rows in random order, in 13 groups; in large releases of a twentieth as many patients, in small ones of as many.
double seconds_for(const Case& given, std::uint64_t rows) {
    bounding::Shape shape;
    shape.max_groups = 3;
    shape.max_rows = 20;
    shape.inputs.assign(given.inputs, {true, 0, 1000});
    if (given.inputs == 0)
        shape.inputs = {{false, 0, 0}};
    for (std::uint32_t i = 0; i < shape.inputs.size(); ++i)
        shape.measurements.push_back(
            {given.inputs == 0 ? bounding::MeasurementKind::rows : bounding::MeasurementKind::sum, i});
    bounding::RowLayout layout;
    layout.patient_bytes = given.patient_bytes;
    layout.values = shape.values();
    const bounding::ChoiceKey key{};
    std::vector<bounding::GroupDigest> digests(13);
    for (std::size_t group = 0; group < digests.size(); ++group)
        digests[group][0] = static_cast<std::uint8_t>(group);
    std::array<std::int64_t, bounding::kMaxInputs> values{};

    const auto start = Clock::now();
    FileStore store;
    bounding::Scatter scatter(layout, given.memory, store);
    std::uint64_t state = 1;
    const std::uint64_t patients = given.rows != 0 ? rows : std::max<std::uint64_t>(rows / 20, 1);
    for (std::uint64_t row = 0; row < rows; ++row) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        values[0] = static_cast<std::int64_t>(state >> 40U) % 1000;
        scatter.add({(state >> 20U) % patients, 0}, static_cast<std::uint32_t>((state >> 50U) % digests.size()), ~0U,
                    values.data());
    }
    std::vector<bounding::Source> sources;
    sources.emplace_back(scatter, store);
    bounding::Bounder bounder(shape, layout, given.memory, key, digests);
    bounding::Totals totals(digests.size(), shape.measurements.size());
    for (std::uint32_t partition = 0; partition < bounding::Scatter::kPartitions; ++partition)
        bounder.bound(partition, sources, totals);
    return std::chrono::duration<double>(Clock::now() - start).count();
}

} // namespace

int main(int argc, char** argv) {
    const std::uint64_t asked = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4'000'000;
    constexpr std::size_t kMegabyte = std::size_t{1} << 20U;
    const Case cases[] = {
        {"small: a count over 100 rows", 0, 8, 4 * kMegabyte, 100, 200},
        {"small: a count over 100 rows, much memory", 0, 8, 256 * kMegabyte, 100, 50},
        {"small: a count over 10,000 rows", 0, 8, 4 * kMegabyte, 10'000, 50},
        {"large: a count, in memory", 0, 8, 1024 * kMegabyte, 0, 5},
        {"large: a sum, in memory", 1, 8, 1024 * kMegabyte, 0, 5},
        {"large: eight sums, in memory", 8, 16, 1024 * kMegabyte, 0, 3},
        {"large: a count, 4 MB", 0, 8, 4 * kMegabyte, 0, 3},
        {"large: a sum, 32 MB", 1, 8, 32 * kMegabyte, 0, 3},
        {"large: eight sums, 32 MB", 8, 16, 32 * kMegabyte, 0, 3},
    };
    std::printf("| %-44s | %10s | %12s | %8s |\n| --- | --- | --- | --- |\n", "what", "us", "rows/s", "ns a row");
    for (const Case& given : cases) {
        if (argc > 2 && std::strstr(given.what, argv[2]) == nullptr)
            continue;
        const std::uint64_t rows = given.rows != 0 ? given.rows : asked;
        std::vector<double> seconds;
        for (int i = 0; i < given.times; ++i)
            seconds.push_back(seconds_for(given, rows));
        std::nth_element(seconds.begin(), seconds.begin() + given.times / 2, seconds.end());
        const double median = seconds[static_cast<std::size_t>(given.times) / 2];
        std::printf("| %-44s | %10.0f | %12.0f | %8.0f |\n", given.what, 1e6 * median,
                    static_cast<double>(rows) / median, 1e9 * median / static_cast<double>(rows));
    }
    return 0;
}
