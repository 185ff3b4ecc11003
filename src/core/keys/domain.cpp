#include "core/keys/domain.hpp"

#include <algorithm>

namespace health_dp::core::keys {

Result<Domain> Domain::parse(std::string_view name) {
    constexpr Error kNoName{ErrorCode::bad_syntax, "the name of a domain has 1 to 63 bytes, no control characters and "
                                                   "no space at either end"};
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (name.empty() || name.size() >= kBytes || name.front() == ' ' || name.back() == ' ' ||
        std::ranges::any_of(name, is_control))
        return kNoName;
    Domain domain;
    std::ranges::copy(name, domain.bytes_.begin());
    return domain;
}

} // namespace health_dp::core::keys
