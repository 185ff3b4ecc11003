// Whatever stands in a ring: what passes is what was written, and no length leads beyond the limit. The input is the
// header and the payload; with a first byte of 1, changes to a real frame instead, which are all seen.
#include "core/transport/frame.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace {

using namespace health_dp::core::transport;
using health_dp::fuzz::require;
using Bytes = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, kKeyBytes> kKey = {1, 2, 3};
constexpr Channel kChannel = {7, 3, true};

bool passes(const HeaderBytes& bytes, Bytes payload) {
    const auto header = read_header(bytes, 1);
    if (!header.ok())
        return false;
    require(header.value().length <= kMaxPayloadBytes);
    return is_authentic(kKey, kChannel, header.value(), payload);
}

// Nobody forges: what passes would have been written the same.
void check_any(Bytes input) {
    if (input.size() < kHeaderBytes)
        return;
    HeaderBytes bytes{};
    std::copy_n(input.begin(), kHeaderBytes, bytes.begin());
    const Bytes payload = input.subspan(kHeaderBytes);
    if (passes(bytes, payload))
        require(bytes == write_header(kKey, kChannel, bytes[5], 1, payload).value());
}

// The input is laid over a real frame, byte by byte.
void check_changed(Bytes changes) {
    std::vector<std::uint8_t> payload(changes.size() > kHeaderBytes ? changes.size() - kHeaderBytes : 0, 'x');
    HeaderBytes header = write_header(kKey, kChannel, 'q', 1, payload).value();
    require(passes(header, payload));
    const bool changed = std::ranges::any_of(changes, [](std::uint8_t change) { return change != 0; });
    for (std::size_t i = 0; i < changes.size(); i++)
        (i < kHeaderBytes ? header[i] : payload[i - kHeaderBytes]) ^= changes[i];
    require(passes(header, payload) != changed);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    if (!input.empty() && input.front() == 1)
        check_changed(input.subspan(1));
    else if (!input.empty())
        check_any(input.subspan(1));
    return 0;
}
