#include "core/pseudonym/weighted_sum.hpp"

#include "core/pseudonym/public_point.hpp"
#include "core/secret_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace health_dp::core::ristretto {
namespace {

// libsodium's arithmetic, which this must agree with.
Result<Element> expected_sum(const std::vector<Scalar>& factors, const std::vector<Element>& elements) {
    Result<Element> sum = elements[0].times(factors[0]);
    for (std::size_t i = 1; i < elements.size(); ++i)
        sum = sum.value().plus(elements[i].times(factors[i]).value());
    return sum;
}

struct Terms {
    explicit Terms(std::size_t size) {
        EXPECT_TRUE(start_cryptography().ok());
        for (std::size_t i = 0; i < size; ++i) {
            factors.push_back(Scalar::random());
            elements.push_back(Element::base_times(Scalar::random()).value());
        }
    }

    std::vector<Scalar> factors;
    std::vector<Element> elements;
};

TEST(WeightedSum, IsLibsodiums) {
    for (const std::size_t size : {1U, 2U, 7U, 8U, 9U, 20U, 50U, 100U, 300U, 1000U}) {
        const Terms terms(size);
        EXPECT_EQ(weighted_sum(terms.factors, terms.elements).value(),
                  expected_sum(terms.factors, terms.elements).value())
            << size;
    }
}

TEST(WeightedSum, OfManyTermsFollowsFromTheirLogarithms) {
    // Digits of every width that the sizes of batches lead to: each element is a known multiple of the generator.
    ASSERT_TRUE(start_cryptography().ok());
    std::vector<Scalar> factors;
    std::vector<Element> elements;
    Scalar logarithm = Scalar::whole(0);
    Element element = Element::generator();
    for (std::uint32_t i = 1; i <= 20000; ++i) {
        factors.push_back(Scalar::random());
        elements.push_back(element);
        logarithm = logarithm.plus(factors.back().times(Scalar::whole(i)));
        element = element.plus(Element::generator()).value();
        if (i == 500 || i == 3000 || i == 20000) {
            EXPECT_EQ(weighted_sum(factors, elements).value(), Element::base_times(logarithm).value()) << i;
        }
    }
}

TEST(WeightedSum, TakesFactorsAtTheEdge) {
    // Digits that carry all the way, or not at all; equal elements, which meet in one bucket.
    const Scalar largest = Scalar::whole(0).minus(Scalar::whole(1));
    Terms terms(64);
    std::size_t place = 0;
    for (std::uint32_t value : {1U, 2U, 3U, 15U, 16U, 17U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
        terms.factors[place++] = Scalar::whole(value);
        terms.factors[place++] = largest.minus(Scalar::whole(value));
    }
    terms.factors[place++] = largest.copy();
    std::array<std::uint8_t, Scalar::kBytes> bytes{};
    for (const int byte : {0x08, 0x0f, 0x77, 0x80, 0x88, 0xff}) {
        bytes.fill(static_cast<std::uint8_t>(byte));
        bytes.back() &= 0x0fU;
        terms.factors[place++] = Scalar::parse(bytes).value();
    }
    std::fill(terms.elements.begin() + 10, terms.elements.begin() + 20, terms.elements[0]);
    EXPECT_EQ(weighted_sum(terms.factors, terms.elements).value(), expected_sum(terms.factors, terms.elements).value());
}

TEST(WeightedSum, NeverBecomesTheIdentity) {
    for (const std::size_t size : {2U, 10U}) {
        Terms terms(size);
        // The last element cancels what the others add up to.
        std::vector<Scalar> factors;
        std::vector<Element> elements;
        for (std::size_t i = 0; i + 1 < size; ++i) {
            factors.push_back(terms.factors[i].copy());
            elements.push_back(terms.elements[i]);
        }
        elements.push_back(expected_sum(factors, elements).value());
        factors.push_back(Scalar::whole(0).minus(Scalar::whole(1)));
        EXPECT_EQ(weighted_sum(factors, elements).error().code, ErrorCode::bad_element) << size;
    }
}

TEST(PublicPoint, EncodesWhatItDecodes) {
    const Terms terms(500);
    for (const Element& element : terms.elements) {
        const AddablePoint point = decode_valid(element.bytes());
        EXPECT_EQ(PublicPoint().plus(point).encode(), element.bytes());
        const PublicPoint twice = PublicPoint().plus(point).twice();
        EXPECT_EQ(twice.encode(), element.times(Scalar::whole(2)).value().bytes());
        EXPECT_EQ(PublicPoint().plus(point).plus(point).encode(), twice.encode()) << "equal points add up as well";
        EXPECT_EQ(twice.plus(point.negated()).encode(), element.bytes());
        EXPECT_EQ(twice.plus(twice).encode(), twice.twice().encode());
    }
    EXPECT_EQ(PublicPoint().encode(), (std::array<std::uint8_t, 32>{}));
}

// p - 1, p, p + 1, 2^255 - 1 and their like: numbers of one value have one encoding.
TEST(FieldElement, HasOneEncoding) {
    std::array<std::uint8_t, 32> p{};
    p.fill(0xff);
    p[0] = 0xed;
    p[31] = 0x7f;
    for (std::uint8_t more = 0; more < 19; ++more) {
        std::array<std::uint8_t, 32> bytes = p;
        bytes[0] = static_cast<std::uint8_t>(bytes[0] + more);
        std::array<std::uint8_t, 32> small{};
        small[0] = more;
        EXPECT_EQ(FieldElement::from_bytes(bytes).bytes(), small);
        EXPECT_EQ(FieldElement::from_bytes(small).bytes(), small);
    }
    p[0] = 0xec;
    EXPECT_EQ(FieldElement::from_bytes(p).bytes(), p) << "the largest";
    EXPECT_EQ(FieldElement::from_bytes(p) + FieldElement::one(), FieldElement());
    EXPECT_EQ(FieldElement() - FieldElement::one(), FieldElement::from_bytes(p));
}

TEST(FieldElement, IsAField) {
    std::mt19937_64 random(25519); // a fixed seed: the same numbers every time
    const auto draw = [&] {
        std::array<std::uint8_t, 32> bytes{};
        std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
        if (random() % 4 == 0) // many carries
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(random() % 16), 16, std::uint8_t{0xff});
        bytes[31] &= 0x7fU;
        return FieldElement::from_bytes(bytes);
    };
    for (int i = 0; i < 2000; ++i) {
        const FieldElement a = draw();
        const FieldElement b = draw();
        const FieldElement c = draw();
        EXPECT_EQ((a + b) * c, a * c + b * c);
        EXPECT_EQ((a - b) * (c + c), a * c + a * c - (b * c + b * c));
        EXPECT_EQ((a - b) * (a + b), a.square() - b.square());
        EXPECT_EQ((a - b).square(), a * a - (a + a) * b + b * b);
        EXPECT_EQ((a + b + c + c).square(), (a + b + c + c) * (a + b + c + c));
        EXPECT_EQ(a + b - b, a);
        EXPECT_EQ(a.negated() * b, FieldElement() - a * b);
        EXPECT_FALSE(a.magnitude().is_negative());
        const FieldElement root = inverse_square_root(a.square());
        EXPECT_EQ(root.square() * a.square(), FieldElement::one()) << "1/a^2 is a square";
    }
    EXPECT_EQ(kSqrtMinusOne.square(), FieldElement::one().negated());
    EXPECT_EQ(kD + kD, kTwiceD);
    EXPECT_EQ(kInverseSqrtAMinusD.square() * (FieldElement::one().negated() - kD), FieldElement::one());
}

} // namespace
} // namespace health_dp::core::ristretto
