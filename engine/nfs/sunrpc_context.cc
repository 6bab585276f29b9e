#include "nfs/sunrpc_context.h"

#include <array>
#include <utility>

#include "kernel/locks.h"

namespace nfstriage::nfs {

Field<std::string> security_policy(const kernel::Object& object, std::string_view path) {
    auto policy = object.get<std::uint64_t>(path);
    if (!policy) return {policy.why(), policy.origin()};
    // enum xprtsec_policies of include/linux/sunrpc/xprt.h; these names are
    // those of the mount option.
    constexpr std::array kPolicies{
        std::pair<std::string_view, std::string_view>{"RPC_XPRTSEC_NONE", "none"},
        std::pair<std::string_view, std::string_view>{"RPC_XPRTSEC_TLS_ANON", "tls"},
        std::pair<std::string_view, std::string_view>{"RPC_XPRTSEC_TLS_X509", "mtls"}};
    for (const auto& [enumerator, name] : kPolicies) {
        auto value = object.reader().types().enumerator(enumerator);
        if (value && static_cast<std::uint64_t>(*value) == *policy)
            return {std::string(name), policy.origin()};
    }
    return {std::to_string(*policy), policy.origin()};
}

Field<Duration> jiffies_until(const kernel::Clock& clock, const kernel::Object& object,
                              std::string_view path) {
    auto when = object.get<std::uint64_t>(path);
    if (!when) return {when.why(), when.origin()};
    return {clock.until_jiffies(*when), when.origin()};
}

Field<Duration> ktime_since(const kernel::Clock& clock, const kernel::Object& object,
                            std::string_view path) {
    auto then = object.get<std::int64_t>(path);
    if (!then) return {then.why(), then.origin()};
    return {clock.since_ktime(*then), then.origin()};
}

Field<bool> lock_held(const kernel::Object& object, std::string_view path) {
    auto lock = object.at(path);
    if (!lock) return {lock.error().reason, object.origin(path)};
    return kernel::read_spinlock(*lock).locked;
}

Field<bool> work_pending(const kernel::Object& object, std::string_view path) {
    auto data = object.get<std::uint64_t>(std::string(path) + ".data");
    if (!data) return {data.why(), data.origin()};
    return {(*data & 1) != 0, data.origin()};
}

}  // namespace nfstriage::nfs
