// What the fuzz targets share. Each is a program of libFuzzer's: any bytes come in, and a parser must neither crash,
// nor trip a sanitizer, nor break the property that the target states.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace health_dp::fuzz {

// Aborts, which libFuzzer reports together with the input.
inline void require(bool holds) {
    if (!holds)
        std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace health_dp::fuzz
