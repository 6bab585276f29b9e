#include "nfs/socket_address.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace nfstriage::nfs {
namespace {

// The kernel's own numbers, the same on all architectures.
constexpr std::uint16_t kUnspecified = 0, kUnix = 1, kInet = 2, kInet6 = 10;
constexpr std::size_t kUnixSize = 110;  // struct sockaddr_un

std::uint16_t big_endian16(ByteSpan bytes) {
    return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

std::string text_of(int family, ByteSpan bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr) return {};
    return text.data();
}

}  // namespace

std::string ipv6_text(ByteSpan bytes) {
    return bytes.size() < 16 ? std::string() : text_of(AF_INET6, bytes);
}

std::string ipv4_text(ByteSpan bytes) {
    return bytes.size() < 4 ? std::string() : text_of(AF_INET, bytes);
}

bool SocketAddress::is_loopback() const {
    if (family == Family::local) return true;
    if (family == Family::ipv4) return host.starts_with("127.");
    return host == "::1" || host.starts_with("::ffff:127.");
}

std::string SocketAddress::text() const {
    if (family == Family::local) return host;
    if (family == Family::ipv4) return fmt::format("{}:{}", host, port);
    return fmt::format("[{}]:{}", host, port);
}

Maybe<SocketAddress> decode_socket_address(ByteSpan bytes) {
    if (bytes.size() < 2) return unknown(Reason::corrupt, "a socket address of one byte");
    // sa_family_t is in the machine's byte order, everything behind it in the network's.
    auto family = static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
    SocketAddress address;
    if (family == kInet && bytes.size() >= 8) {
        address.port = big_endian16(bytes.subspan(2));
        address.host = ipv4_text(bytes.subspan(4, 4));
        return address;
    }
    if (family == kInet6 && bytes.size() >= 24) {
        address.family = SocketAddress::Family::ipv6;
        address.port = big_endian16(bytes.subspan(2));
        address.host = ipv6_text(bytes.subspan(8, 16));
        std::uint32_t scope = 0;
        for (std::size_t i = 0; i < 4 && bytes.size() >= 28; ++i)
            scope |= std::uint32_t{bytes[24 + i]} << 8 * i;
        if (scope != 0) address.host += fmt::format("%{}", scope);
        return address;
    }
    if (family == kUnix) {
        address.family = SocketAddress::Family::local;
        auto path = bytes.subspan(2);
        auto end = std::find(path.begin(), path.end(), 0);
        address.host.assign(path.begin(), end);
        return address;
    }
    if (family == kUnspecified) return unknown(Reason::null, "no socket address");
    return unknown(Reason::corrupt, fmt::format("socket address of family {}", family));
}

Maybe<SocketAddress> read_socket_address(const kernel::Reader& reader, VAddr address) {
    const dump::Memory& memory = reader.memory();
    auto family = memory.value<std::uint16_t>(address);
    if (!family) return tl::unexpected<Unknown>(family.error());
    // No more than the kind has: what follows may be something else.
    const std::size_t size = *family == kInet    ? 16
                             : *family == kInet6 ? 28
                             : *family == kUnix  ? kUnixSize
                                                 : sizeof *family;
    auto bytes = memory.bytes(address, size);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    if (*family == kInet) memory.mark({address + 4, 4}, dump::Secret::ipv4);
    if (*family == kInet6) memory.mark({address + 8, 16}, dump::Secret::ipv6);
    auto decoded = decode_socket_address(*bytes);
    if (decoded && *family == kUnix)
        memory.mark({address + 2, decoded->host.size()}, dump::Secret::word);
    return decoded;
}

Maybe<SocketAddress> read_socket_address(const kernel::Object& object, std::string_view path) {
    auto address = object.address_of(path);
    if (!address) return tl::unexpected<Unknown>(address.error());
    return read_socket_address(object.reader(), *address);
}

}  // namespace nfstriage::nfs
