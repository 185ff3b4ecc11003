#include "core/accounting/parameters.hpp"

namespace health_dp::core {

namespace {

template <class Parameter>
Result<Parameter> parse_as(std::string_view text) {
    const Result<Decimal> decimal = Decimal::parse(text);
    if (!decimal.ok())
        return decimal.error();
    return Parameter::of(Rational::from(decimal.value()));
}

template <class Parameter>
Result<Parameter> share_of(const Parameter& whole, std::uint64_t parts) {
    const Result<Rational> share = whole.value().divided_by(Rational::whole(parts));
    if (!share.ok())
        return share.error();
    return Parameter::of(share.value());
}

} // namespace

Result<Epsilon> Epsilon::of(const Rational& value) {
    if (value.is_zero())
        return Error{ErrorCode::out_of_range, "epsilon must be greater than 0"};
    return Epsilon(value);
}

Result<Epsilon> Epsilon::parse(std::string_view text) { return parse_as<Epsilon>(text); }

Result<Epsilon> Epsilon::share(std::uint64_t parts) const { return share_of(*this, parts); }

Result<Delta> Delta::of(const Rational& value) {
    if (value.is_zero() || value >= Rational::whole(1))
        return Error{ErrorCode::out_of_range, "delta must be greater than 0 and less than 1"};
    return Delta(value);
}

Result<Delta> Delta::parse(std::string_view text) { return parse_as<Delta>(text); }

Result<Delta> Delta::share(std::uint64_t parts) const { return share_of(*this, parts); }

Result<Sensitivity> Sensitivity::times(std::uint64_t factor) const {
    Unsigned128 product = 0;
    if (__builtin_mul_overflow(units_, Unsigned128{factor}, &product))
        return Error{ErrorCode::overflow, "the sensitivity would need more than 128 bits"};
    return Sensitivity(product);
}

} // namespace health_dp::core
