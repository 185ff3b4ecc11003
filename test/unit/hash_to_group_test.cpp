#include "core/pseudonym/hash_to_group.hpp"

#include "core/secret_bytes.hpp"
#include "support/hexadecimal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace health_dp::core {
namespace {

using ristretto::Element;
using ristretto::Scalar;
using test::from_hexadecimal;
using test::hexadecimal;

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string expanded(std::string_view message, std::size_t size) {
    std::vector<std::uint8_t> output(size);
    expand_message_xmd(view(message), "QUUX-V01-CS02-with-expander-SHA512-256", output);
    return hexadecimal(output);
}

// RFC 9380, appendix K.3: expand_message_xmd(SHA-512).
TEST(ExpandMessage, AnswersAsInRfc9380) {
    EXPECT_EQ(expanded("", 32), "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba");
    EXPECT_EQ(expanded("abc", 32), "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc");
    EXPECT_EQ(expanded("abcdef0123456789", 32), "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58");
    EXPECT_EQ(expanded("", 128),
              "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921b052b62eaed99b46f72f2ef4cc96bfaf254ebbbe"
              "c091e1a3b9e4fb5e5b619d2e0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7eb00a7cff859b605d"
              "a678b318bd0e65ebff70bec88c753b159a805d2c89c55961");
}

TEST(HashToGroup, EveryDomainIsAnother) {
    const auto bytes = [](std::string_view message, std::string_view domain) {
        return hash_to_group(view(message), domain).value().bytes();
    };
    EXPECT_EQ(bytes("a", "x"), bytes("a", "x"));
    EXPECT_NE(bytes("a", "x"), bytes("a", "y"));
    EXPECT_NE(bytes("a", "x"), bytes("b", "x"));
    EXPECT_NE(bytes("ax", "y"), bytes("a", "xy")) << "where the message ends and the domain begins";
    EXPECT_FALSE(hash_to_scalar(view("a"), "x").equals(hash_to_scalar(view("a"), "y")));
}

// RFC 9496, 4.4 and appendix A.1: the first multiples of the generator.
TEST(Element, MultipliesAsInRfc9496) {
    const char* const multiples[] = {"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
                                     "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
                                     "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259"};
    Element sum = Element::generator();
    for (std::uint32_t i = 1; i <= std::size(multiples); ++i) {
        EXPECT_EQ(hexadecimal(Element::base_times(Scalar::whole(i)).value().bytes()), multiples[i - 1]);
        EXPECT_EQ(hexadecimal(Element::generator().times(Scalar::whole(i)).value().bytes()), multiples[i - 1]);
        EXPECT_EQ(hexadecimal(sum.bytes()), multiples[i - 1]);
        sum = sum.plus(Element::generator()).value();
    }
}

// RFC 9496, appendix A.2: encodings that must be refused, one of each kind, and the identity.
TEST(Element, RefusesWhatIsNone) {
    for (const char* text : {"00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",    // not below p
                             "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",    // zero again
                             "0100000000000000000000000000000000000000000000000000000000000000",    // negative
                             "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",    // no square
                             "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",    // xy negative
                             "0000000000000000000000000000000000000000000000000000000000000000"}) { // the identity
        const std::vector<std::uint8_t> bytes = from_hexadecimal(text);
        const Result<Element> parsed = Element::parse(std::span<const std::uint8_t, 32>(bytes));
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::bad_element);
    }
    const Element& generator = Element::generator();
    EXPECT_EQ(Element::parse(generator.bytes()).value(), generator);
}

TEST(Element, NeverBecomesTheIdentity) {
    const Scalar minus_one = Scalar::whole(0).minus(Scalar::whole(1));
    const Element negative = Element::generator().times(minus_one).value();
    EXPECT_FALSE(negative.plus(Element::generator()).ok());
    EXPECT_FALSE(negative.times(Scalar::whole(0)).ok());
    EXPECT_FALSE(Element::base_times(Scalar::whole(0)).ok());
}

TEST(Scalar, HasOneEncoding) {
    // The order, 2^252 + 27742317777372353535851937790883648493, in little-endian bytes (RFC 9496, 4.4), and one less.
    std::vector<std::uint8_t> bytes =
        from_hexadecimal("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    const auto parse = [&] { return Scalar::parse(std::span<const std::uint8_t, 32>(bytes)); };
    EXPECT_EQ(parse().error().code, ErrorCode::out_of_range);
    bytes[0] -= 1;
    const Scalar largest = parse().value();
    EXPECT_TRUE(largest.plus(Scalar::whole(1)).is_zero());
    EXPECT_TRUE(std::ranges::equal(largest.bytes(), bytes));
    bytes[31] |= 0x80U;
    EXPECT_FALSE(parse().ok());
    std::ranges::fill(bytes, std::uint8_t{0xff});
    EXPECT_FALSE(parse().ok());
    std::ranges::fill(bytes, std::uint8_t{0});
    EXPECT_TRUE(parse().value().is_zero());
}

TEST(Scalar, IsAField) {
    ASSERT_TRUE(start_cryptography().ok());
    for (int i = 0; i < 100; ++i) {
        const Scalar a = Scalar::random();
        const Scalar b = Scalar::random();
        EXPECT_TRUE(a.plus(b).minus(b).equals(a));
        EXPECT_TRUE(a.times(b).times(b.inverse()).equals(a));
        EXPECT_FALSE(a.equals(b));
    }
    EXPECT_TRUE(
        Scalar::whole(0xffffffff).plus(Scalar::whole(1)).equals(Scalar::whole(65536).times(Scalar::whole(65536))));
    EXPECT_TRUE(Scalar::whole(0).inverse().is_zero());
}

TEST(Scalar, LeavesNothingBehind) {
    ASSERT_TRUE(start_cryptography().ok());
    const auto zeros = [](const std::uint8_t* bytes) {
        const volatile std::uint8_t* place = bytes; // whatever the compiler thinks of dead objects
        std::size_t count = 0;
        for (std::size_t i = 0; i < Scalar::kBytes; ++i)
            count += place[i] == 0 ? 1 : 0;
        return count;
    };
    alignas(Scalar) std::array<std::uint8_t, sizeof(Scalar)> storage{};
    auto* scalar = new (storage.data()) Scalar(Scalar::random());
    EXPECT_LT(zeros(storage.data()), 8U);
    const Scalar moved = std::move(*scalar);
    EXPECT_EQ(zeros(storage.data()), Scalar::kBytes) << "after a move";
    *scalar = moved.copy();
    EXPECT_LT(zeros(storage.data()), 8U);
    scalar->~Scalar();
    EXPECT_EQ(zeros(storage.data()), Scalar::kBytes) << "at the end";
}

} // namespace
} // namespace health_dp::core
