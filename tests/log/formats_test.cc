// The same reports behind every kind of prefix, wrapping and encoding: the reading may not differ.
#include <cmath>
#include <cstdio>

#include "catch.h"
#include "samples.h"

using namespace nfstriage;
using namespace nfstriage::samples;

namespace {

void check_oops(const std::string& text) {
    auto log = log::parse(text);
    REQUIRE(log.crash);
    const auto& e = crash_of(log);
    CHECK(e.kind == CrashKind::null_deref);
    CHECK(e.cpu == 3u);
    CHECK(e.pid == 4242);
    CHECK(e.comm == "nfsd");
    CHECK(e.release == "6.1.7-200.example.x86_64");
    CHECK(e.arch == Arch::x86_64);
    REQUIRE(e.top);
    CHECK(e.top->function == "nfsd_reply_frob");
    CHECK(e.top->offset == 0x2du);
    CHECK(e.top->module == "nfsd");
    CHECK(first_solid_frame(e) == "nfsd_dispatch");
    CHECK(e.fatal);
    CHECK(e.complete);
}

void check_oops_fully(const std::string& text) {
    check_oops(text);
    auto log = log::parse(text);
    const auto& e = crash_of(log);
    CHECK(log.events.size() == 1);
    CHECK(e.fault_address == 0x38u);
    CHECK(e.access == "write");
    CHECK(e.registers.get("rbx") == 0u);
    CHECK(e.registers.get("rcx") == 0xffff9a0001020304u);
    CHECK(e.registers.get("rsp") == 0xffffb0c0008f3d40u);
    CHECK(e.registers.get("cr2") == 0x38u);
    REQUIRE(e.code);
    CHECK(e.code->fault == 12);
    CHECK(e.code->bytes.at(e.code->fault) == 0x48);
    CHECK(e.modules.size() == 7);
    CHECK(e.modules.at(1) == "nfsd");
    CHECK(e.hardware == "Example Machine/Board, BIOS 1.0 01/01/2020");
    REQUIRE(e.frames.size() >= 10);
    CHECK(e.frames.front().trust == Trust::guess);
    CHECK(e.frames.back().function == "ret_from_fork");
}

std::string clock(std::size_t i) {
    char text[32];
    std::snprintf(text, sizeof text, "16:%02zu:%02zu", 1 + i / 60, i % 60);
    return text;
}

std::string utf16(const std::string& text, bool big, bool mark) {
    std::string out;
    if (mark) out += big ? std::string("\xfe\xff") : std::string("\xff\xfe");
    for (char c : text) {
        if (big) out += '\0';
        out += c;
        if (!big) out += '\0';
    }
    return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

}  // namespace

TEST_CASE("a report without any prefix is read whole") { check_oops_fully(kOops); }

TEST_CASE("printk stamps, caller ids and priorities are stripped") {
    check_oops_fully(prefixed(kOops, printk_stamp));
    check_oops_fully(prefixed(kOops, [](std::size_t i) { return "<4>" + printk_stamp(i); }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) {
        auto stamp = printk_stamp(i);
        stamp.pop_back();
        return stamp + "[ T4242] ";
    }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) {
        auto stamp = printk_stamp(i);
        stamp.pop_back();
        return stamp + "[    C3] ";
    }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) {
        auto stamp = printk_stamp(i);
        stamp.pop_back();
        return stamp + "[  3] ";
    }));
    // the opening bracket lost
    check_oops_fully(prefixed(kOops, [](std::size_t i) { return printk_stamp(i).substr(1); }));
}

TEST_CASE("the ways in which dmesg prints time are stripped") {
    check_oops_fully(
        prefixed(kOops, [](std::size_t i) { return "[Mon Jan  6 " + clock(i) + " 2025] "; }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) {
        return i == 0 ? std::string("[Jan 6 16:01] ") : std::string("[  +0.000012] ");
    }));
    check_oops_fully(
        prefixed(kOops, [](std::size_t i) { return "kern  :alert : " + printk_stamp(i); }));
    check_oops_fully(
        prefixed(kOops, [](std::size_t i) { return "2025-01-06T" + clock(i) + ",123456+01:00 "; }));
}

TEST_CASE("syslog and journal heads are stripped") {
    for (std::string head :
         {"Jan  6 @ fileserver kernel: ", "Jan 16 @ host.example.org kernel: ",
          "2025-01-06T@.123456+00:00 host kernel: ", "2025-01-06 @ host kernel: ",
          "Jan 06 @ [kernel] ", "Jan  6 @ kernel: ", "Jan  6 @ (none) kern.warn kernel: ",
          "10月 21 @ host kernel: ", "Mai 27 @ host kernel: ", "Okt 07 @ host kernel: "}) {
        INFO(head);
        check_oops_fully(
            prefixed(kOops, [&](std::size_t i) { return replaced(head, "@", clock(i)); }));
        check_oops_fully(prefixed(
            kOops, [&](std::size_t i) { return replaced(head, "@", clock(i)) + printk_stamp(i); }));
    }
    check_oops_fully(prefixed(kOops, [](std::size_t) { return "kernel: "; }));
    check_oops_fully(prefixed(kOops, [](std::size_t) { return "host kernel: "; }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) { return "kernel:" + printk_stamp(i); }));
}

TEST_CASE("stamps of build services and console servers are stripped") {
    check_oops_fully(prefixed(kOops, [](std::size_t i) {
        return "2025-01-24T0" + clock(i).substr(1) + ".9009694Z " + printk_stamp(i);
    }));
    check_oops_fully(prefixed(
        kOops, [](std::size_t i) { return "[2025-01-24 " + clock(i) + "] " + printk_stamp(i); }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) {
        return "[Fri Sep 13 " + clock(i) + " 2024]" + printk_stamp(i);
    }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) { return "    " + printk_stamp(i); }));
    check_oops_fully(prefixed(kOops, [](std::size_t) { return "    "; }));
    check_oops_fully(prefixed(
        kOops, [](std::size_t i) { return "2025-01-24 " + clock(i) + "\t" + printk_stamp(i); }));
}

TEST_CASE("quoted mail is read") {
    check_oops_fully(prefixed(kOops, [](std::size_t) { return "> "; }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) { return "> > " + printk_stamp(i); }));
    check_oops_fully(prefixed(kOops, [](std::size_t i) { return ">> " + printk_stamp(i); }));
}

TEST_CASE("line ends and terminal escapes do not show") {
    check_oops_fully(replaced(kOops, "\n", "\r\n"));
    check_oops_fully(replaced(prefixed(kOops, printk_stamp), "\n", "^M\n"));
    check_oops_fully(prefixed(
        kOops, [](std::size_t i) { return "\x1b[32m" + printk_stamp(i) + "\x1b[0m\x1b[1;31m"; }));
    check_oops_fully(std::string(40, '\0') + "\n" + prefixed(kOops, printk_stamp));
    check_oops_fully(
        "\x7f"
        "ELF\x02\x01\x01" +
        std::string(30, '\x01') + "\n" + kOops);
}

TEST_CASE("UTF-16 is recognised with and without its mark") {
    check_oops_fully(utf16(kOops, false, true));
    check_oops_fully(utf16(kOops, true, true));
    check_oops_fully(utf16(kOops, false, false));
}

TEST_CASE("HTML escapes and JSON journal lines are undone") {
    check_oops_fully(replaced(replaced(kOops, "<", "&lt;"), ">", "&gt;"));
    std::string json;
    for (const auto& line : lines_of(kOops))
        json += "{\"PRIORITY\":\"1\",\"SYSLOG_IDENTIFIER\":\"kernel\",\"MESSAGE\":\"" + line +
                "\",\"_HOSTNAME\":\"x\"}\n";
    check_oops_fully(json);
}

TEST_CASE("undecoded quoted-printable is decoded") {
    std::string text;
    for (const auto& line : lines_of(prefixed(replaced(kOops, "=", "=3D"), printk_stamp)))
        for (std::size_t at = 0; at < line.size() || at == 0; at += 60)
            text += line.substr(at, 60) + (at + 60 < line.size() ? "=\n" : "\n");
    check_oops_fully(text);
}

TEST_CASE("mail wrapping at any width is undone") {
    for (std::size_t width : {72u, 76u, 66u, 80u}) {
        INFO(width);
        std::string text;
        for (auto line : lines_of(prefixed(kOops, printk_stamp))) {
            while (line.size() > width) {
                auto at = line.rfind(' ', width);
                if (at == std::string::npos || at < 20) break;
                text += line.substr(0, at) + "\n";
                line = line.substr(at + 1);
            }
            text += line + "\n";
        }
        check_oops(text);
    }
}

TEST_CASE("a task line that mail wrapping broke at any blank is joined") {
    const std::string line =
        "CPU: 3 PID: 4242 Comm: nfsd Kdump: loaded Tainted: G        W  OE      "
        "6.1.7-200.example.x86_64 #1";
    for (bool stamped : {false, true})
        for (std::size_t at = line.find(' '); at != std::string::npos;
             at = line.find(' ', at + 1)) {
            INFO(line.substr(0, at) << "|" << line.substr(at + 1));
            auto broken = line;
            broken[at] = '\n';
            std::string text;
            for (const auto& each : lines_of(kOops))
                text += (stamped ? printk_stamp(1) : "") + (each == line ? broken : each) + "\n";
            auto log = log::parse(text);
            const auto& e = crash_of(log);
            CHECK(e.cpu == 3u);
            CHECK(e.pid == 4242);
            CHECK(e.comm == "nfsd");
            CHECK(e.release == "6.1.7-200.example.x86_64");
        }
}

TEST_CASE("an instruction line or a frame whose symbol was wrapped away is joined") {
    auto text = prefixed(kOops, printk_stamp);
    check_oops(replaced(text, "RIP: 0010:nfsd_reply", "RIP:\n0010:nfsd_reply"));
    check_oops(replaced(text, " ? nfsd_reply_frob", " ?\nnfsd_reply_frob"));
    check_oops(replaced(text, "svc_process_common+0x286/0x5e0 [sunrpc]",
                        "svc_process_common+0x286/0x5e0\n[sunrpc]"));
    check_oops(replaced(text, "address: 0000", "address:\n0000"));
}

TEST_CASE("an export that lists the newest line first is turned round") {
    auto lines = lines_of(prefixed(kOops, printk_stamp));
    std::string text;
    for (auto it = lines.rbegin(); it != lines.rend(); ++it) text += *it + "\n";
    auto log = log::parse(text);
    CHECK(log.reversed);
    check_oops_fully(text);
    CHECK(crash_of(log).first_line == lines.size());  // numbers are those of the input
}

TEST_CASE("lines a few places out of order are put in order by their stamps") {
    auto lines = lines_of(prefixed(kOops, printk_stamp));
    for (std::size_t i = 0; i + 2 < lines.size(); i += 3) std::swap(lines[i], lines[i + 2]);
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    check_oops(text);
}

TEST_CASE("several records on one line are taken apart") {
    std::string text;
    std::size_t i = 0;
    for (const auto& line : lines_of(prefixed(kOops, printk_stamp)))
        text += line + (++i % 3 ? " " : "\n");
    check_oops(text);
}

TEST_CASE("a prompt in front of the first record does not hide it") {
    check_oops_fully("[root@host ~]# " + prefixed(kOops, printk_stamp));
    check_oops_fully("host login: " + prefixed(kOops, printk_stamp));
}

TEST_CASE("line numbers, stamps and the cleaned text are those of the input") {
    auto log = log::parse("[    1.000000] boot\n\n" + prefixed(kOops, printk_stamp));
    const auto& e = crash_of(log);
    CHECK(e.first_line == 3);
    CHECK(e.time_s == 4123.0);
    REQUIRE(e.top);
    CHECK(e.top->log_line == 10u);
    auto found = log::find_lines(log, "page_fault_oops");
    REQUIRE(found.size() == 1);
    CHECK(found[0]->number == 24);
    CHECK(found[0]->text == " ? page_fault_oops+0x16d/0x4f0");
    CHECK(log.text_complete);
}

TEST_CASE("syslog's stamps tell which host crashed, and when if they name the day and the zone") {
    auto stamped = [](const std::string& head) {
        return log::parse(prefixed(kOops, [&](std::size_t) { return head; }));
    };
    auto iso = stamped("2025-01-24T02:15:03.9+01:00 nfs-client-7 kernel: ");
    CHECK(iso.host == "nfs-client-7");
    REQUIRE(iso.crash_unix_s);
    CHECK(std::floor(*iso.crash_unix_s) == 1737681303);  // date -d ... +%s
    CHECK(std::floor(*stamped("2025-01-24T02:15:03Z host kernel: ").crash_unix_s) == 1737684903);

    auto bsd = stamped("Jan 24 02:15:03 10.1.2.3 kernel: ");
    CHECK(bsd.host == "10.1.2.3");
    CHECK_FALSE(bsd.crash_unix_s);                                            // no year
    CHECK_FALSE(stamped("2025-01-24 02:15:03 host kernel: ").crash_unix_s);   // no zone
    CHECK_FALSE(stamped("2025-13-24T02:15:03Z host kernel: ").crash_unix_s);  // no such month
    CHECK_FALSE(stamped("2025-01-24T02:15:03Z kern.warn kernel: ").host);
    CHECK_FALSE(stamped("[   12.500000] ").host);
}

TEST_CASE("a log of two hosts names neither") {
    auto log = log::parse(prefixed(kOops, [](std::size_t i) {
        return "Jan 24 02:15:03 host" + std::to_string(i % 2) + " kernel: ";
    }));
    CHECK_FALSE(log.host);
}
