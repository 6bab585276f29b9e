// Network addresses as kernel objects keep them: sockaddr_storage and its kinds
// (include/linux/socket.h, in.h, in6.h, un.h), ports and addresses in network byte order.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "kernel/object.h"

namespace nfstriage::nfs {

struct SocketAddress {
    enum class Family : std::uint8_t { ipv4, ipv6, local } family = Family::ipv4;
    std::string host;        // "192.0.2.1", "2001:db8::1", "fe80::1%2" (scope id), a path
    std::uint16_t port = 0;  // host byte order; 0 for local

    // 127.0.0.0/8, ::1 and the same behind ::ffff:, local sockets.
    bool is_loopback() const;
    // "192.0.2.1:2049", "[2001:db8::1]:2049", the path of a local one.
    std::string text() const;
    bool operator==(const SocketAddress&) const = default;
};

// The bytes of a struct sockaddr. Unknown(corrupt) for a family that is none of these or too few
// bytes; Unknown(null) for an address that was never set (AF_UNSPEC).
Maybe<SocketAddress> decode_socket_address(ByteSpan bytes);

// The member `path` of `object`, a sockaddr of any kind that lies inside it.
Maybe<SocketAddress> read_socket_address(const kernel::Object& object, std::string_view path);
// The sockaddr at an address; no more is read than its kind has.
Maybe<SocketAddress> read_socket_address(const kernel::Reader& reader, VAddr address);

// RFC 5952 text of 16 bytes, and dotted text of 4, both in network byte order.
std::string ipv6_text(ByteSpan bytes);
std::string ipv4_text(ByteSpan bytes);

}  // namespace nfstriage::nfs
