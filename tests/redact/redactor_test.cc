// Sentences: names go, the kernel's words stay.
#include "redact/redactor.h"
#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::redact;

namespace {

Key key() {
    Key key{};
    key[0] = 1;
    return key;
}

std::string sentence(std::string_view text) {
    Redactor redactor(key());
    redactor.learn_hosts_of(text);
    return redactor.sentence(text);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("messages about a server lose its name and keep their words") {
    for (std::string_view text :
         {"nfs: server fileserver not responding, still trying", "nfs: server fileserver OK",
          "lockd: server fileserver not responding, timed out",
          "NFS: server fileserver error: fileid changed",
          "NFS: state manager: lease expired failed on NFSv4 server fileserver with error 13",
          "lockd: cannot monitor fileserver"}) {
        std::string out = sentence(text);
        INFO(out);
        CHECK(out.size() == text.size());
        CHECK(!has(out, "fileserver"));
        auto at = text.find("fileserver");
        CHECK(out.substr(0, at) == text.substr(0, at));
        CHECK(out.substr(at + 10) == text.substr(at + 10));
    }
}

TEST_CASE("a host introduced once is replaced everywhere, by one token") {
    std::string out = sentence(
        "Jan  2 03:04:05 client7 kernel: nfs: server srv9.example.com not responding\n"
        "systemd[1]: Mounted srv9:/export/home on /mnt/home.\n"
        "client7 rebooted\n");
    INFO(out);
    CHECK(!has(out, "client7"));
    CHECK(!has(out, "srv9"));
    CHECK(!has(out, "example"));
    CHECK(!has(out, "export"));
    CHECK(!has(out, "home"));
    Redactor redactor(key());
    CHECK(has(out, redactor.name("srv9:/export/home")));
    CHECK(has(out, redactor.name("client7") + " rebooted"));
}

TEST_CASE("addresses, uuids and paths go") {
    std::string out = sentence(
        "IP-Config: eth0 10.1.2.3 via 10.1.2.1, fe80::5054:ff:fe12:3456, 52:54:00:12:34:56\n"
        "EXT4-fs (vda1): mounted filesystem 0a1b2c3d-0011-2233-4455-66778899aabb\n"
        "Run /usr/local/secret/init as init process, with \"/data/x\" (/var/y)\n");
    for (const char* secret : {"10.1.2.", "fe80", "52:54", "0a1b2c3d", "secret", "data/", "/y"})
        CHECK(!has(out, secret));
    CHECK(has(out, "as init process"));
    CHECK(has(out, "EXT4-fs (vda1): mounted filesystem "));
}

TEST_CASE("reports keep everything that tells what happened") {
    constexpr std::string_view kReport =
        "[   41.0] watchdog: BUG: soft lockup - CPU#0 stuck for 11s! [kworker/0:1:169]\n"
        "[   41.0] kernel BUG at /build/linux-6.1/fs/nfs/pagelist.c:170!\n"
        "[   41.0] CPU: 0 PID: 169 Comm: nfsio Tainted: G           OE      6.1.0-56-cloud-amd64 "
        "#1\n"
        "[   41.0] RIP: 0010:native_queued_spin_lock_slowpath+0x30/0x2c0\n"
        "[   41.0] Code: 48 89 e5 41 57 <0f> 0b 44 89\n"
        "[   41.0] RSP: 0018:ffffcae380403c88 EFLAGS: 00000202\n"
        "[   41.0]  <TASK>\n"
        "[   41.0]  nfs_wb_page+0x12b/0x180 [nfs]\n"
        "[   41.0]  </TASK>\n"
        "[   41.0] Modules linked in: nfsv4(E) nfs(E) sunrpc(E)\n"
        "[   41.0] INFO: task ls:123 blocked for more than 120 seconds.\n"
        "[   41.0] Kernel panic - not syncing: softlockup: hung tasks\n";
    CHECK(sentence(kReport) == kReport);
}

TEST_CASE("a host that is called like a word of the message does not take the message with it") {
    CHECK(sentence("nfs: server not responding, still trying") ==
          "nfs: server not responding, still trying");
    std::string out = sentence("Jan  2 03:04:05 server kernel: nfs: server server OK");
    CHECK(has(out, "nfs: server "));
    CHECK(has(out, " OK"));
}

TEST_CASE("learned names go where they stand as words, if they cannot be the kernel's") {
    Redactor redactor(key());
    redactor.keep("6.1.0-56-cloud-amd64 #1 SMP Debian 6.1.192-2 (2026-11-16)");
    redactor.learn_name("Linux 6.1.0-56-cloud-amd64 #1 SMP Debian 6.1.192-2");
    redactor.learn_name("report-2026.xls");
    redactor.learn_name("kernel");
    redactor.learn_name("10.1");
    CHECK(!has(redactor.sentence("NFS: error -5 on report-2026.xls"), "report-2026"));
    CHECK(redactor.sentence("kernel version 10.1") == "kernel version 10.1");
    constexpr std::string_view kVersion = "Linux version 6.1.0-56-cloud-amd64 #1 Debian 6.1.192-2";
    CHECK(redactor.sentence(kVersion) == kVersion);
}

TEST_CASE("a thread that is called after an address that was cut off follows that address") {
    Redactor redactor(key());
    redactor.learn_name("2001:db8:17::5054");
    std::string whole = redactor.name("2001:db8:17::5054");
    CHECK(redactor.sentence("2001:db8:17::50") == whole.substr(0, 15));
    CHECK(redactor.sentence("192.168.122.100") == redactor.name("192.168.122.100"));
    CHECK(redactor.sentence("kworker/u8:2") == "kworker/u8:2");
}

TEST_CASE("bytes that are no text do no harm") {
    std::string text;
    for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
    CHECK(sentence(text).size() == 256);
    CHECK(sentence("").empty());
}
