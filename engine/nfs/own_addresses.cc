#include "nfs/own_addresses.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

class Collector {
public:
    explicit Collector(const Roots& roots) : roots_(roots) {}

    OwnAddresses run() {
        result_.complete = roots_.nets.complete;
        for (const NetNamespace& net : roots_.nets.items) {
            Budget budget = roots_.budget();
            auto devices =
                kernel::list(net.net, "dev_base_head", "struct net_device", "dev_list", budget);
            result_.complete = result_.complete && devices.complete;
            for (const Object& device : devices.objects) {
                add_ipv4(device);
                add_ipv6(device);
            }
        }
        return std::move(result_);
    }

private:
    void lose(const Unknown& why) {
        if (why.reason != Reason::null) result_.complete = false;
    }

    void add(const Object& object, std::string_view path, std::size_t size) {
        auto at = object.address_of(path);
        auto bytes =
            at ? roots_.reader.memory().bytes(*at, size) : tl::unexpected<Unknown>(at.error());
        if (!bytes) return lose(bytes.error());
        roots_.reader.memory().mark({*at, size},
                                    size == 4 ? dump::Secret::ipv4 : dump::Secret::ipv6);
        result_.hosts.insert(size == 4 ? ipv4_text(*bytes) : ipv6_text(*bytes));
    }

    void add_ipv4(const Object& device) {
        Budget budget = roots_.budget();
        auto address = device.follow("ip_ptr->ifa_list");
        for (; address && budget.spend(); address = address->follow("ifa_next"))
            add(*address, "ifa_local", 4);
        if (address)
            result_.complete = false;
        else
            lose(address.error());
    }

    void add_ipv6(const Object& device) {
        auto all = device.follow("ip6_ptr");
        if (!all) return lose(all.error());
        Budget budget = roots_.budget();
        auto walk = kernel::list(*all, "addr_list", "struct inet6_ifaddr", "if_list", budget);
        result_.complete = result_.complete && walk.complete;
        for (const Object& address : walk.objects) add(address, "addr", 16);
    }

    const Roots& roots_;
    OwnAddresses result_;
};

}  // namespace

OwnAddresses read_own_addresses(const Roots& roots) { return Collector(roots).run(); }

Maybe<bool> is_own(const OwnAddresses& own, const SocketAddress& address) {
    if (address.is_loopback()) return true;
    std::string host = address.host.substr(0, address.host.find('%'));
    if (host.starts_with("::ffff:")) host.erase(0, 7);
    if (own.hosts.contains(host)) return true;
    if (!own.complete) return unknown(Reason::not_dumped, "not all addresses of this host");
    return false;
}

}  // namespace nfstriage::nfs
