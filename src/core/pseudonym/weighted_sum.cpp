#include "core/pseudonym/weighted_sum.hpp"

namespace health_dp::core::ristretto {

Result<Element> weighted_sum(std::span<const Scalar> factors, std::span<const Element> elements) {
    Result<Element> sum = elements.front().times(factors.front());
    for (std::size_t i = 1; sum.ok() && i < elements.size(); ++i) {
        const Result<Element> product = elements[i].times(factors[i]);
        if (!product.ok())
            return product.error();
        sum = sum.value().plus(product.value());
    }
    return sum;
}

} // namespace health_dp::core::ristretto
