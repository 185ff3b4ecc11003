// Deterministic sources of "randomness", for tests only: nothing here can be linked into the extension.
#pragma once

#include "core/noise/random_source.hpp"

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <vector>

namespace health_dp::test {

// Hands out the given bytes once; asking for more is an error of the test.
class ScriptedRandom final : public core::RandomSource {
  public:
    ScriptedRandom(std::initializer_list<std::uint8_t> script) : script_(script) {}
    template <class Iterator>
    ScriptedRandom(Iterator begin, Iterator end) : script_(begin, end) {}

    void fill(std::span<std::uint8_t> bytes) override {
        for (std::uint8_t& byte : bytes) {
            if (next_ == script_.size())
                throw std::out_of_range("the script has no more bytes");
            byte = script_[next_++];
        }
    }

    std::size_t consumed() const { return next_; }

  private:
    std::vector<std::uint8_t> script_;
    std::size_t next_ = 0;
};

// The same byte for ever.
class ConstantRandom final : public core::RandomSource {
  public:
    explicit ConstantRandom(std::uint8_t byte) : byte_(byte) {}

    void fill(std::span<std::uint8_t> bytes) override {
        for (std::uint8_t& byte : bytes)
            byte = byte_;
    }

  private:
    std::uint8_t byte_;
};

} // namespace health_dp::test
