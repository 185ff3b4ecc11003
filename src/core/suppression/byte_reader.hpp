// Numbers and texts as bytes of this machine, one after the other: what a server keeps for itself.
#pragma once

#include "core/pure.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace health_dp::suppression {

template <class Number>
void append(std::string& bytes, const Number& number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
    template <class Number>
    bool read(Number& number) {
        if (rest_.size() < sizeof(number))
            return false;
        std::memcpy(&number, rest_.data(), sizeof(number));
        rest_.remove_prefix(sizeof(number));
        return true;
    }
    bool read(std::string_view& text) {
        std::uint32_t size = 0;
        if (!read(size) || rest_.size() < size)
            return false;
        text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }
    bool done() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

} // namespace health_dp::suppression
