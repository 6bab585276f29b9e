// Who looks over the shoulder of those that read a dump: which bytes they were given, and which of
// them are somebody's names rather than the kernel's own. The readers of kernel objects say the
// latter (Memory::mark); whoever passes an Observer learns it. Without one nothing is kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/address.h"

namespace nfstriage::dump {

// What bytes in a kernel's memory tell of the people and machines around it.
enum class Secret : std::uint8_t {
    word,      // text: a host, a file, a path, an address, a principal
    sentence,  // text with words of the kernel's own around them: a message, a thread's name
    ipv4,      // 4 bytes in network byte order
    ipv6,      // 16 bytes in network byte order
    bytes,     // a file handle, a uuid, a key: nothing that anybody reads as text
    stack      // a kernel stack: pointers and numbers, but buffers of text as well
};

struct PRange {
    PAddr begin;
    std::uint64_t size = 0;  // bytes
};

class Observer {
public:
    virtual ~Observer() = default;
    // The bytes of one file's page that a reader was given. Called for every read.
    virtual void read(PRange given) = 0;
    // `places`, in this order, are the bytes of one value.
    virtual void secret(std::span<const PRange> places, Secret kind) = 0;
};

}  // namespace nfstriage::dump
