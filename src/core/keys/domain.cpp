#include "core/keys/domain.hpp"

#include <algorithm>

namespace health_dp::core::keys {

namespace {

// With the zero at its end it fits `size` bytes.
bool is_name(std::string_view name, std::size_t size) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    return !name.empty() && name.size() < size && name.front() != ' ' && name.back() != ' ' &&
           std::ranges::none_of(name, is_control);
}

} // namespace

Result<Domain> Domain::parse(std::string_view name) {
    if (!is_name(name, kBytes))
        return Error{ErrorCode::bad_syntax, "the name of a domain has 1 to 63 bytes, no control characters and no "
                                            "space at either end"};
    Domain domain;
    std::ranges::copy(name, domain.bytes_.begin());
    return domain;
}

Result<Organisation> Organisation::parse(std::string_view name) {
    if (!is_name(name, kBytes))
        return Error{ErrorCode::bad_syntax, "the name of an organisation has 1 to 127 bytes, no control characters and "
                                            "no space at either end"};
    Organisation organisation;
    std::ranges::copy(name, organisation.bytes_.begin());
    return organisation;
}

} // namespace health_dp::core::keys
