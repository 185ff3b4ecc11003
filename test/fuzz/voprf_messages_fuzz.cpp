// What another organisation's database sends: a request that is read is written as the same bytes; a response that
// passes holds the evaluations that the key's holder makes, whatever else its proof may be.
#include "core/pseudonym/voprf_messages.hpp"
#include "fuzz/fuzzing.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace {

namespace voprf = health_dp::core::voprf;
using health_dp::fuzz::require;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kHeaderBytes = 8 + 16 + 16; // kind, count, request, key
constexpr std::size_t kElementBytes = 32;

// A real exchange of one element.
struct Exchange {
    voprf::KeyPair key;
    voprf::Message request;
    voprf::Message response;
};

Exchange real_exchange() {
    const std::array<std::uint8_t, voprf::KeyPair::kSeedBytes> seed{};
    auto key = voprf::KeyPair::derive(seed, {}).value();
    // Any element will do.
    const std::array elements = {key.public_key()};
    auto request = voprf::write_request(elements).value();
    auto response = voprf::answer_request(key, request).value();
    return {std::move(key), std::move(request), std::move(response)};
}

void check_response(const Exchange& real, Bytes response) {
    if (!voprf::verify_response(response, real.request, real.key.public_key()).ok())
        return;
    require(std::ranges::equal(response.first(kHeaderBytes + kElementBytes),
                               Bytes(real.response).first(kHeaderBytes + kElementBytes)));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Exchange real = real_exchange();
    const Bytes bytes(data, size);
    const auto request = voprf::read_request(bytes);
    if (request.ok())
        require(std::ranges::equal(voprf::write_request(request.value()).value(), bytes));
    check_response(real, bytes);
    // Past the names of request and key, which nobody mutates into being right.
    std::vector<std::uint8_t> named(real.response.begin(), real.response.begin() + kHeaderBytes);
    named.insert(named.end(), bytes.begin(), bytes.end());
    check_response(real, named);
    return 0;
}
