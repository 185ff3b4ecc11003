#include "core/pseudonym/nir.hpp"

#include <algorithm>
#include <optional>

namespace health_dp::core::pseudonym {

namespace {

constexpr Error kLength = {ErrorCode::bad_syntax, "a NIR has 13 characters and a key of two digits"};
constexpr Error kCharacter = {ErrorCode::bad_syntax, "a NIR consists of digits, with 2A and 2B for Corsica"};
constexpr Error kSex = {ErrorCode::out_of_range, "a NIR begins with 1 or 2, a provisional one with 3, 4, 7 or 8"};
constexpr Error kMonth = {ErrorCode::out_of_range,
                          "the month of a NIR (its characters 4 and 5) is 01 to 12, 20, 30 to 42 or 50 to 99"};
constexpr Error kPlace = {ErrorCode::out_of_range,
                          "the place of birth of a NIR (its characters 6 to 10) is no department and commune"};
constexpr Error kOrder = {ErrorCode::out_of_range, "the order number of a NIR (its characters 11 to 13) is never 000"};
constexpr Error kKey = {ErrorCode::failed_check, "the check key does not fit this NIR: it is probably mistyped"};

// The parts, by the index of their first character.
constexpr std::size_t kYearAt = 1;
constexpr std::size_t kMonthAt = 3;
constexpr std::size_t kDepartmentAt = 5;
constexpr std::size_t kCommuneAt = 7;
constexpr std::size_t kOrderAt = 10;

constexpr unsigned kYears = 100;
constexpr unsigned kOrders = 999;
constexpr unsigned kCommunes = 999;
constexpr unsigned kOverseasCommunes = 99; // of one territory: the third digit says which
constexpr unsigned kTerritories = 10;      // below 97, and below 98

constexpr std::string_view kSexes = "123478";

// Departments that are divided into communes of three digits: 01 to 19, 20, 2A, 2B, 21 to 96.
constexpr unsigned kDepartments = 98;
constexpr unsigned kCorsica2A = 20;
constexpr unsigned kCorsica2B = 21;

constexpr unsigned kPlacesAtHome = kDepartments * kCommunes;
constexpr unsigned kPlacesOverseas = 2 * kTerritories * kOverseasCommunes;
constexpr unsigned kPlaces = kPlacesAtHome + kPlacesOverseas + kCommunes;

// Months in the order of their ranks, as runs of consecutive numbers.
struct Run {
    unsigned first;
    unsigned last;
};
constexpr std::array<Run, 4> kMonths = {{{1, 12}, {20, 20}, {30, 42}, {50, 99}}};
constexpr unsigned kMonthCount = 12 + 1 + 13 + 50;

static_assert(Nir::kCount == std::uint64_t{kSexes.size()} * kYears * kMonthCount * kPlaces * kOrders);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

unsigned number_at(std::string_view text, std::size_t start, std::size_t digits) {
    unsigned number = 0;
    for (const char c : text.substr(start, digits))
        number = number * 10 + static_cast<unsigned>(c - '0');
    return number;
}

// Of 13 or 15 characters, all digits but perhaps a Corsican letter.
bool is_corsican(std::string_view text) { return !is_digit(text[kDepartmentAt + 1]); }

std::optional<unsigned> month_rank(unsigned month) {
    unsigned rank = 0;
    for (const Run& run : kMonths) {
        if (month >= run.first && month <= run.last)
            return rank + month - run.first;
        rank += run.last - run.first + 1;
    }
    return std::nullopt;
}

unsigned month_of_rank(unsigned rank) {
    for (const Run& run : kMonths) {
        const unsigned length = run.last - run.first + 1;
        if (rank < length)
            return run.first + rank;
        rank -= length;
    }
    return 0; // not reached: ranks come from a division by kMonthCount
}

std::optional<unsigned> place_rank(std::string_view text) {
    const unsigned commune = number_at(text, kCommuneAt, 3);
    if (is_corsican(text)) {
        const unsigned department = text[kDepartmentAt + 1] == 'A' ? kCorsica2A : kCorsica2B;
        return commune == 0 ? std::nullopt : std::optional(department * kCommunes + commune - 1);
    }
    const unsigned department = number_at(text, kDepartmentAt, 2);
    if (department == 97 || department == 98) {
        const unsigned territory = (department - 97) * kTerritories + commune / 100;
        if (commune % 100 == 0)
            return std::nullopt;
        return kPlacesAtHome + territory * kOverseasCommunes + commune % 100 - 1;
    }
    if (department == 0 || commune == 0)
        return std::nullopt;
    if (department == 99)
        return kPlacesAtHome + kPlacesOverseas + commune - 1;
    return (department <= 20 ? department - 1 : department + 1) * kCommunes + commune - 1;
}

void write_digits(std::array<char, Nir::kLength>& text, std::size_t start, std::size_t digits, unsigned number) {
    for (std::size_t i = digits; i-- > 0; number /= 10)
        text[start + i] = static_cast<char>('0' + static_cast<char>(number % 10));
}

void write_place(std::array<char, Nir::kLength>& text, unsigned rank) {
    if (rank < kPlacesAtHome) {
        const unsigned department = rank / kCommunes;
        write_digits(text, kDepartmentAt, 2, department < 20 ? department + 1 : department - 1);
        if (department == kCorsica2A || department == kCorsica2B) {
            text[kDepartmentAt] = '2';
            text[kDepartmentAt + 1] = department == kCorsica2A ? 'A' : 'B';
        }
        write_digits(text, kCommuneAt, 3, rank % kCommunes + 1);
        return;
    }
    rank -= kPlacesAtHome;
    if (rank < kPlacesOverseas) {
        const unsigned territory = rank / kOverseasCommunes;
        write_digits(text, kDepartmentAt, 2, 97 + territory / kTerritories);
        write_digits(text, kCommuneAt, 3, territory % kTerritories * 100 + rank % kOverseasCommunes + 1);
        return;
    }
    write_digits(text, kDepartmentAt, 2, 99);
    write_digits(text, kCommuneAt, 3, rank - kPlacesOverseas + 1);
}

// Where people separate the parts: 2 69 05 49 588 157 80, and 2 99 12 971 02 001 37.
bool separable(std::string_view read) {
    switch (read.size()) {
    case kYearAt:
    case kMonthAt:
    case kDepartmentAt:
    case kCommuneAt:
    case kOrderAt:
    case Nir::kNumberLength:
        return true;
    case kCommuneAt + 1:
        return read.substr(kDepartmentAt, 2) == "97" || read.substr(kDepartmentAt, 2) == "98";
    default:
        return false;
    }
}

// The 15 characters, their alphabet checked and nothing else.
Result<std::array<char, Nir::kLength>> bare_characters(std::string_view text) {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    std::array<char, Nir::kLength> bare{};
    std::size_t length = 0;
    bool separated = true; // nothing to separate yet
    for (char c : text) {
        if ((c == ' ' || c == '.') && !separated && separable({bare.data(), length})) {
            separated = true;
            continue;
        }
        separated = false;
        if (length == bare.size())
            return kLength;
        if (c == 'a' || c == 'b')
            c = static_cast<char>(c - 'a' + 'A');
        const bool corsican = length == kDepartmentAt + 1 && bare[kDepartmentAt] == '2' && (c == 'A' || c == 'B');
        if (!is_digit(c) && !corsican)
            return kCharacter;
        bare[length++] = c;
    }
    if (length != bare.size())
        return kLength;
    return bare;
}

std::optional<Error> problem_of(std::string_view text) {
    if (kSexes.find(text.front()) == std::string_view::npos)
        return kSex;
    if (!month_rank(number_at(text, kMonthAt, 2)))
        return kMonth;
    if (!place_rank(text))
        return kPlace;
    if (number_at(text, kOrderAt, 3) == 0)
        return kOrder;
    return std::nullopt;
}

Result<std::array<char, Nir::kLength>> parsed(std::string_view text, bool marked_too) {
    auto bare = bare_characters(text);
    if (!bare.ok())
        return bare;
    const std::string_view characters(bare.value().data(), bare.value().size());
    if (const auto problem = problem_of(characters))
        return *problem;
    const unsigned key = number_at(characters, Nir::kNumberLength, 2);
    if (key != nir_check_key(characters.substr(0, Nir::kNumberLength)) && !(marked_too && key >= 98))
        return kKey;
    return bare;
}

} // namespace

unsigned nir_check_key(std::string_view number) {
    std::uint64_t value = 0;
    for (const char c : number)
        value = value * 10 + (is_digit(c) ? static_cast<unsigned>(c - '0') : 0);
    // 2A stands for 19 and 2B for 18: 1 and 2 units of the department less than 20.
    constexpr std::uint64_t kDepartmentUnit = 1'000'000;
    if (is_corsican(number))
        value -= (number[kDepartmentAt + 1] == 'A' ? 1 : 2) * kDepartmentUnit;
    return 97 - static_cast<unsigned>(value % 97);
}

Result<Nir> Nir::parse(std::string_view text) {
    const auto characters = parsed(text, false);
    if (!characters.ok())
        return characters.error();
    return Nir(characters.value());
}

Result<Nir> Nir::parse_marked(std::string_view text) {
    const auto characters = parsed(text, true);
    if (!characters.ok())
        return characters.error();
    return Nir(characters.value());
}

std::uint64_t Nir::rank() const {
    const std::string_view text = this->text();
    std::uint64_t rank = kSexes.find(text.front());
    rank = rank * kYears + number_at(text, kYearAt, 2);
    rank = rank * kMonthCount + month_rank(number_at(text, kMonthAt, 2)).value_or(0);
    rank = rank * kPlaces + place_rank(text).value_or(0);
    return rank * kOrders + number_at(text, kOrderAt, 3) - 1;
}

Result<Nir> Nir::of_rank(std::uint64_t rank, NirKey key) {
    if (rank >= kCount)
        return Error{ErrorCode::out_of_range, "there are not that many NIRs"};
    std::array<char, kLength> text{};
    const auto take = [&rank](unsigned choices) {
        const auto taken = static_cast<unsigned>(rank % choices);
        rank /= choices;
        return taken;
    };
    write_digits(text, kOrderAt, 3, take(kOrders) + 1);
    write_place(text, take(kPlaces));
    write_digits(text, kMonthAt, 2, month_of_rank(take(kMonthCount)));
    write_digits(text, kYearAt, 2, take(kYears));
    text[0] = kSexes[static_cast<std::size_t>(rank)];
    unsigned check = 0;
    switch (key) {
    case NirKey::right:
        check = nir_check_key({text.data(), kNumberLength});
        break;
    case NirKey::marked_98:
        check = 98;
        break;
    case NirKey::marked_99:
        check = 99;
        break;
    }
    write_digits(text, kNumberLength, 2, check);
    return Nir(text);
}

NirKey Nir::key() const {
    const unsigned check = number_at(text(), kNumberLength, 2);
    if (check < 98)
        return NirKey::right;
    return check == 98 ? NirKey::marked_98 : NirKey::marked_99;
}

} // namespace health_dp::core::pseudonym
