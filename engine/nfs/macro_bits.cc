#include "nfs/macro_bits.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/tri.h"

namespace nfstriage::nfs {
namespace {

using If = MacroBit::If;

// include/linux/sunrpc/sched.h. 4.19 has the first five; an enum in later kernels.
constexpr MacroBit kRunState[] = {
    {"RPC_TASK_RUNNING", 0, ""},
    {"RPC_TASK_QUEUED", 1, ""},
    {"RPC_TASK_ACTIVE", 2, ""},
    {"RPC_TASK_MSG_RECV", 3, "729749bb8da1", If::no_member, "struct rpc_rqst", "rq_pin"},
    {"RPC_TASK_MSG_RECV_WAIT", 4, "729749bb8da1", If::no_member, "struct rpc_rqst", "rq_pin"},
    {"RPC_TASK_NEED_XMIT", 3, "5.10", If::member, "struct rpc_rqst", "rq_pin"},
    {"RPC_TASK_NEED_RECV", 4, "7ebbbc6e7bd0", If::member, "struct rpc_rqst", "rq_pin"},
    {"RPC_TASK_MSG_PIN_WAIT", 5, "cf9946cd6144", If::member, "struct rpc_rqst", "rq_pin"},
    {"RPC_TASK_SIGNALLED", 6, "v5.2 ae67bd3821bb", If::member, "struct rpc_task", "tk_rpc_status"},
};

// include/linux/sunrpc/sched.h
constexpr MacroBit kTaskFlags[] = {
    {"RPC_TASK_ASYNC", 0, ""},
    {"RPC_TASK_SWAPPER", 1, ""},
    {"RPC_TASK_MOVEABLE", 2, "85e39feead94"},
    {"RPC_TASK_NULLCREDS", 4, "5.10"},
    {"RPC_CALL_MAJORSEEN", 5, ""},
    {"RPC_TASK_ROOTCREDS", 6, "", If::no_member, "struct rpc_clnt", "cl_netunreach_fatal"},
    {"RPC_TASK_NETUNREACH_FATAL", 6, "7.3", If::member, "struct rpc_clnt", "cl_netunreach_fatal"},
    {"RPC_TASK_DYNAMIC", 7, ""},
    {"RPC_TASK_KILLED", 8, "", If::no_member, "struct rpc_task", "tk_rpc_status"},
    {"RPC_TASK_NO_ROUND_ROBIN", 8, "v5.3 5a0c257f8e0f", If::member, "struct rpc_task",
     "tk_rpc_status"},
    {"RPC_TASK_SOFT", 9, ""},
    {"RPC_TASK_SOFTCONN", 10, ""},
    {"RPC_TASK_SENT", 11, ""},
    {"RPC_TASK_TIMEOUT", 12, ""},
    {"RPC_TASK_NOCONNECT", 13, ""},
    {"RPC_TASK_NO_RETRANS_TIMEOUT", 14, ""},
    {"RPC_TASK_CRED_NOREF", 15, "5.10"},
};

// include/linux/sunrpc/xprt.h
constexpr MacroBit kXprtState[] = {
    {"XPRT_LOCKED", 0, ""},
    {"XPRT_CONNECTED", 1, ""},
    {"XPRT_CONNECTING", 2, ""},
    {"XPRT_CLOSE_WAIT", 3, ""},
    {"XPRT_BOUND", 4, ""},
    {"XPRT_BINDING", 5, ""},
    {"XPRT_CLOSING", 6, ""},
    {"XPRT_OFFLINE", 7, "6.1"},
    {"XPRT_REMOVE", 8, "6.1"},
    {"XPRT_CONGESTED", 9, ""},
    {"XPRT_CWND_WAIT", 10, "75891f502f5f"},
    {"XPRT_WRITE_SPACE", 11, "c544577daddb"},
    {"XPRT_SND_IS_COOKIE", 12, "5.10"},
};

// include/linux/sunrpc/xprtsock.h
constexpr MacroBit kSockState[] = {
    {"XPRT_SOCK_CONNECTING", 1, ""},
    {"XPRT_SOCK_DATA_READY", 2, ""},
    {"XPRT_SOCK_UPD_TIMEOUT", 3, ""},
    {"XPRT_SOCK_WAKE_ERROR", 4, "v5.3 4f8943f80883"},
    {"XPRT_SOCK_WAKE_WRITE", 5, "v5.3 4f8943f80883"},
    {"XPRT_SOCK_WAKE_PENDING", 6, "v5.3 4f8943f80883"},
    {"XPRT_SOCK_WAKE_DISCONNECT", 7, "v5.3 4f8943f80883"},
    {"XPRT_SOCK_CONNECT_SENT", 8, "89f42494f92f"},
    {"XPRT_SOCK_NOSPACE", 9, "5.10"},
    {"XPRT_SOCK_IGNORE_RECV", 10, "6.12"},
};

// SOCK_* of include/linux/net.h, in struct socket.flags; an enum in 7.3, without those that went
constexpr MacroBit kSocketFlags[] = {
    {"SOCK_NOSPACE", 2, ""},
    {"SOCK_PASSCRED", 3, ""},
    {"SOCK_PASSSEC", 4, ""},
    {"SOCK_SUPPORT_ZC", 5, "6.1"},
    {"SOCK_CUSTOM_SOCKOPT", 6, "6.12"},
    {"SOCK_PASSPIDFD", 7, "6.12"},
};

// SOCKWQ_* of include/linux/net.h, in struct socket_wq.flags
constexpr MacroBit kSocketWaitFlags[] = {
    {"SOCKWQ_ASYNC_NOSPACE", 0, ""},
    {"SOCKWQ_ASYNC_WAITDATA", 1, ""},
};

// include/linux/sunrpc/auth.h
constexpr MacroBit kCredFlags[] = {
    {"RPCAUTH_CRED_NEW", 0, ""},
    {"RPCAUTH_CRED_UPTODATE", 1, ""},
    {"RPCAUTH_CRED_HASHED", 2, ""},
    {"RPCAUTH_CRED_NEGATIVE", 3, ""},
};

constexpr std::array kWords{
    MacroWord{"rpc_task.tk_runstate", kRunState}, MacroWord{"rpc_task.tk_flags", kTaskFlags},
    MacroWord{"rpc_xprt.state", kXprtState},      MacroWord{"sock_xprt.sock_state", kSockState},
    MacroWord{"socket.flags", kSocketFlags},      MacroWord{"socket_wq.flags", kSocketWaitFlags},
    MacroWord{"rpc_cred.cr_flags", kCredFlags},
};

// The number that the dump's own types have for the bit.
std::optional<unsigned> enumerated(const kernel::Reader& reader, const MacroWord& word,
                                   const MacroBit& bit) {
    auto value = reader.types().enumerator(std::string(word.prefix) + std::string(bit.name));
    if (!value || *value < 0) return std::nullopt;
    auto bits = static_cast<std::uint64_t>(*value);
    if (word.masks)
        return std::has_single_bit(bits) ? std::optional<unsigned>(std::countr_zero(bits))
                                         : std::nullopt;
    return bits < 64 ? std::optional<unsigned>(static_cast<unsigned>(bits)) : std::nullopt;
}

// `has_enum`: some name of the word is an enumerator, so the others would be too.
Tri applies(const kernel::Reader& reader, const MacroBit& bit, bool has_enum) {
    if (bit.when == If::always) return Tri::yes;
    if (bit.when == If::enumerator) return has_enum ? Tri::no : Tri::unknown;
    auto has = reader.types().has_member(bit.type, bit.member);
    return has ? tri(*has == (bit.when == If::member)) : Tri::unknown;
}

}  // namespace

std::span<const MacroWord> macro_words() { return kWords; }

BitNames::BitNames(const kernel::Reader& reader, std::string_view word) {
    auto of_name = [word](const MacroWord& known) { return known.word == word; };
    const MacroWord* found = nullptr;
    for (auto words : {macro_words(), nfs_macro_words(), server_macro_words(), inode_macro_words()})
        if (auto at = std::find_if(words.begin(), words.end(), of_name); at != words.end())
            found = &*at;
    if (found == nullptr) return;
    for (const MacroBit& bit : found->bits)
        if (auto number = enumerated(reader, *found, bit)) bits_.push_back({*number, bit.name});
    // An enum that took the place of macros gave the numbers of those that went to others.
    const std::vector<Bit> from_types = bits_;
    auto is_in_types = [&from_types](const MacroBit& bit) {
        return std::any_of(from_types.begin(), from_types.end(), [&bit](const Bit& known) {
            return known.number == bit.bit || known.name == bit.name;
        });
    };
    for (const MacroBit& bit : found->bits) {
        if (is_in_types(bit)) continue;
        const Tri here = applies(reader, bit, !from_types.empty());
        if (here == Tri::yes) bits_.push_back({bit.bit, bit.name});
        if (here == Tri::unknown) undecided_.push_back(bit.name);
    }
    std::stable_sort(bits_.begin(), bits_.end(),
                     [](const Bit& a, const Bit& b) { return a.number < b.number; });
    auto names = std::make_shared<kernel::BitTable>();
    for (const Bit& bit : bits_)
        if (bit.number < names->names.size() && names->names[bit.number].empty())
            names->names[bit.number] = std::string(bit.name);
    names->complete = undecided_.empty();
    names_ = std::move(names);
}

kernel::Flags BitNames::flags(std::uint64_t value) const { return {value, names_}; }

kernel::Field<kernel::Flags> BitNames::flags(const kernel::Field<std::uint64_t>& value) const {
    if (!value) return {value.why(), value.origin()};
    return {flags(*value), value.origin()};
}

std::optional<unsigned> BitNames::number(std::string_view name) const {
    auto known = std::find_if(bits_.begin(), bits_.end(),
                              [name](const Bit& bit) { return bit.name == name; });
    if (known == bits_.end()) return std::nullopt;
    return known->number;
}

Maybe<bool> BitNames::is_set(std::uint64_t value, std::string_view name) const {
    if (auto bit = number(name)) return (value >> *bit & 1) != 0;
    if (std::find(undecided_.begin(), undecided_.end(), name) == undecided_.end()) return false;
    return unknown(Reason::no_type, std::string(name));
}

kernel::Field<bool> BitNames::is_set(const kernel::Field<std::uint64_t>& word,
                                     std::string_view name) const {
    if (!word) return {word.why(), word.origin()};
    return {is_set(*word, name), word.origin()};
}

kernel::Field<bool> BitNames::is_set(const kernel::Field<kernel::Flags>& word,
                                     std::string_view name) const {
    if (!word) return {word.why(), word.origin()};
    return {is_set(word->bits, name), word.origin()};
}

kernel::Field<bool> BitNames::is_either_set(const kernel::Field<kernel::Flags>& word,
                                            std::string_view one, std::string_view other) const {
    const kernel::Field<bool> first = is_set(word, one), second = is_set(word, other);
    return first.is(true) || second.is(false) ? first : second;
}

}  // namespace nfstriage::nfs
