#include "core/keys/provider.hpp"

#include <gtest/gtest.h>

namespace health_dp::core::keys {
namespace {

using Words = std::vector<std::string>;

void expect(std::string_view text, Provider::Kind kind, const Words& words) {
    const auto provider = parse_provider(text);
    ASSERT_TRUE(provider.ok()) << text;
    EXPECT_EQ(provider.value().kind, kind) << text;
    EXPECT_EQ(provider.value().words, words) << text;
}

TEST(KeyProvider, ReadsWhatTheSettingSays) {
    expect("", Provider::Kind::none, {});
    expect("custodians", Provider::Kind::custodians, {});
    expect("file:/etc/health_dp/root", Provider::Kind::file, {"/etc/health_dp/root"});
    expect("command:/bin/unwrap", Provider::Kind::command, {"/bin/unwrap"});
    expect("command:/bin/unwrap --key health:1", Provider::Kind::command, {"/bin/unwrap", "--key", "health:1"});
    expect("systemd:health_dp.root", Provider::Kind::systemd, {"health_dp.root"});
}

TEST(KeyProvider, RefusesTheRest) {
    for (const std::string& text : {std::string("file"),
                                    std::string("file:"),
                                    std::string("file:root"),
                                    std::string("file:/"),
                                    std::string("file:/a b"),
                                    std::string("file:/a\nb"),
                                    std::string("File:/a"),
                                    std::string(" file:/a"),
                                    std::string("command:"),
                                    std::string("command:unwrap"),
                                    std::string("command: /bin/unwrap"),
                                    std::string("command:/bin/unwrap "),
                                    std::string("command:/bin/unwrap  x"),
                                    std::string("command:/bin/unwrap \"x y\""),
                                    std::string("command:/bin/unwrap 'x'"),
                                    std::string("command:/bin/unwrap $HOME"),
                                    std::string("command:/bin/unwrap `x`"),
                                    std::string("command:/bin/unwrap \\x"),
                                    std::string("command:/"),
                                    std::string("systemd:"),
                                    std::string("systemd:../x"),
                                    std::string("systemd:.x"),
                                    std::string("systemd:a b"),
                                    std::string("custodians:"),
                                    std::string("vault:x"),
                                    "file:/" + std::string(1000, 'a')})
        EXPECT_FALSE(parse_provider(text).ok()) << text;
}

TEST(KeyProvider, HasNames) {
    EXPECT_STREQ(name_of(Provider::Kind::none), "none");
    EXPECT_STREQ(name_of(Provider::Kind::file), "file");
    EXPECT_STREQ(name_of(Provider::Kind::command), "command");
    EXPECT_STREQ(name_of(Provider::Kind::systemd), "systemd");
    EXPECT_STREQ(name_of(Provider::Kind::custodians), "custodians");
}

} // namespace
} // namespace health_dp::core::keys
