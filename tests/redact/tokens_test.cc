// Tokens: same length, same shape, same key same token; addresses are permuted.
#include <arpa/inet.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "catch.h"
#include "redact/addresses.h"
#include "redact/tokens.h"

using namespace nfstriage;
using namespace nfstriage::redact;

namespace {

Key key_number(std::uint8_t number) {
    Key key{};
    key[0] = number;
    return key;
}

std::string replaced(const Tokens& tokens, std::string text) {
    replace_addresses(tokens, text, nullptr);
    return text;
}

Ipv6 ipv6(const char* text) {
    Ipv6 address{};
    REQUIRE(inet_pton(AF_INET6, text, address.data()) == 1);
    return address;
}

std::string text_of(const Ipv6& address) {
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, address.data(), text, sizeof text);
}

}  // namespace

TEST_CASE("a name gives the same token under one key and another under another") {
    Tokens one(key_number(1)), two(key_number(2));
    CHECK(one.name("fileserver") == one.name("fileserver"));
    CHECK(one.name("fileserver") != two.name("fileserver"));
    CHECK(one.name("fileserver") != "fileserver");
    CHECK(one.name("fileserver").size() == 10);
}

TEST_CASE("what divides the words of a name stays, and each word has its own token") {
    Tokens tokens(key_number(1));
    std::string token = tokens.name("fileserver.example.com:/export/home");
    CHECK(token.size() == 35);
    CHECK(token[10] == '.');
    CHECK(token.substr(22, 2) == ":/");
    CHECK(token.starts_with(tokens.name("fileserver") + "." + tokens.name("example")));
    CHECK(token.ends_with("/" + tokens.name("home")));
}

TEST_CASE("names that stand for nobody stay") {
    Tokens tokens(key_number(1));
    CHECK(tokens.name("localhost.localdomain") == "localhost.localdomain");
    CHECK(tokens.name("(none)") == "(none)");
    CHECK(tokens.name("/") == "/");
}

TEST_CASE("bytes that are no text are replaced, zeros stay") {
    Tokens tokens(key_number(1));
    std::vector<std::uint8_t> handle(100, 7), zeros(16);
    tokens.bytes(handle);
    tokens.bytes(zeros);
    CHECK(handle != std::vector<std::uint8_t>(100, 7));
    CHECK(zeros == std::vector<std::uint8_t>(16));
}

TEST_CASE("IPv4 addresses keep the number of digits of each part, and no two become one") {
    Tokens tokens(key_number(1));
    std::set<Ipv4> seen;
    for (unsigned last = 10; last < 100; ++last)
        for (unsigned third = 0; third < 10; ++third) {
            Ipv4 address{192, 168, static_cast<std::uint8_t>(third),
                         static_cast<std::uint8_t>(last)};
            Ipv4 token = tokens.address(address);
            CHECK(token[0] >= 100);
            CHECK(token[1] >= 100);
            CHECK(token[2] < 10);
            CHECK((token[3] >= 10 && token[3] < 100));
            seen.insert(token);
        }
    CHECK(seen.size() == 900);
}

TEST_CASE("loopback, unspecified and broadcast addresses stay, and are no other's token") {
    Tokens tokens(key_number(1));
    for (Ipv4 address : {Ipv4{127, 0, 0, 1}, Ipv4{0, 0, 0, 0}, Ipv4{255, 255, 255, 255}})
        CHECK(tokens.address(address) == address);
    CHECK(text_of(tokens.address(ipv6("::1"))) == "::1");
    for (unsigned i = 0; i < 10; ++i)
        CHECK(tokens.address(Ipv4{130, 0, 0, static_cast<std::uint8_t>(i)})[0] != 127);
}

TEST_CASE("IPv6 addresses keep their shape") {
    Tokens tokens(key_number(1));
    for (const char* text : {"2001:db8::17", "fe80::5054:ff:fe12:3456", "2001:db8:1:2:3:4:5:6"}) {
        std::string token = text_of(tokens.address(ipv6(text)));
        CHECK(token.size() == std::string(text).size());
        CHECK(token != text);
        CHECK(replaced(tokens, text) == token);
    }
    // An IPv4 address in IPv6's form is the IPv4 address.
    Ipv4 inner = tokens.address(Ipv4{10, 1, 2, 30});
    Ipv6 mapped = tokens.address(ipv6("::ffff:10.1.2.30"));
    CHECK(std::equal(inner.begin(), inner.end(), mapped.begin() + 12));
    CHECK(replaced(tokens, "::ffff:10.1.2.30") == text_of(mapped));
}

TEST_CASE("addresses in text are found where they stand, and nothing else is") {
    Tokens tokens(key_number(1));
    std::string token = replaced(tokens, "10.0.2.15");
    CHECK(token.size() == 9);
    CHECK(token != "10.0.2.15");
    CHECK(replaced(tokens, "10.0.2.15:2049") == token + ":2049");
    CHECK(replaced(tokens, "10.0.2.15.8.1") == token + ".8.1");  // a universal address
    CHECK(replaced(tokens, "10.0.2.15-manager") == token + "-manager");
    CHECK(replaced(tokens, "at 10.0.2.15.") == "at " + token + ".");
    CHECK(replaced(tokens, "[2001:db8::1]:2049").ends_with("]:2049"));
    for (const char* text :
         {"6.1.0-56-cloud-amd64", "0000:00:03.0", "RSP: 0018:ffffcae380403c88", "12:34:56",
          "kworker/0:1", "pci 0000:00:1f.2: [8086:2922]", "256.1.1.1", "a::b::c", "::", "127.0.0.1",
          "std::string", "lookup_fast+0x10/0x20"})
        CHECK(replaced(tokens, text) == text);
    CHECK(replaced(tokens, "eth0: 52:54:00:12:34:56 up") != "eth0: 52:54:00:12:34:56 up");
}

TEST_CASE("a key's file is made where there is none, and read again") {
    auto path =
        std::filesystem::temp_directory_path() / ("nfstriage-key-" + std::to_string(getpid()));
    std::filesystem::remove(path);
    auto made = key_of_file(path), read = key_of_file(path);
    REQUIRE(made);
    REQUIRE(read);
    CHECK(*made == *read);
    auto mode = std::filesystem::status(path).permissions();
    CHECK((mode & std::filesystem::perms::group_read) == std::filesystem::perms::none);
    std::ofstream(path) << "a sentence that serves as key\n";
    auto words = key_of_file(path);
    REQUIRE(words);
    CHECK(*words != *made);
    std::ofstream(path) << "short\n";
    auto refused = key_of_file(path);
    REQUIRE(!refused);
    CHECK(refused.error().expected.find("at least 16") != std::string::npos);
    std::filesystem::remove(path);
}
