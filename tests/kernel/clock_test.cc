#include "kernel/clock.h"
#include "catch.h"
#include "fakes/btf_writer.h"
#include "fakes/dump.h"
#include "fakes/fake_symbols.h"
#include "layout/btf_types.h"

using namespace nfstriage;
using fakes::BtfWriter;
using kernel::Clock;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kFirst250 = 4294892296;  // INITIAL_JIFFIES with HZ 250

// timekeeper: base@0 xtime_nsec@8 shift@16 mult@20 xtime_sec@24 offs_real@32 offs_boot@40
// ntp_tick@48. task_struct.signal@0, signal_struct.real_timer@0. hrtimer: node@0 (rb_node,
// expires@24) function@32 base@40. hrtimer_cpu_base: clock_base@0, 64 bytes each: cpu_base@0
// clockid@8 root@16 offset@24. tick_sched: sched_timer@0, tick_stopped@48, last_tick_jiffies@56.
// rpc_xprt: bind_timeout@0 idle_timeout@8.
std::unique_ptr<layout::BtfTypes> clock_types() {
    BtfWriter w;
    auto u32 = w.integer("unsigned int", 4), u64 = w.integer("unsigned long", 8);
    auto s64 = w.integer("long", 8, true), pointer = w.pointer(0);
    auto mono = w.structure(
        "tk_read_base", 24,
        {{"base", s64, 0}, {"xtime_nsec", u64, 64}, {"shift", u32, 128}, {"mult", u32, 160}});
    w.structure("timekeeper", 56,
                {{"tkr_mono", mono, 0},
                 {"xtime_sec", u64, 192},
                 {"offs_real", s64, 256},
                 {"offs_boot", s64, 320},
                 {"ntp_tick", u64, 384}});
    auto rb = w.structure(
        "rb_node", 24,
        {{"__rb_parent_color", u64, 0}, {"rb_right", pointer, 64}, {"rb_left", pointer, 128}});
    auto root = w.structure("rb_root", 8, {{"rb_node", pointer, 0}});
    auto node = w.structure("timerqueue_node", 32, {{"node", rb, 0}, {"expires", s64, 192}});
    auto head = w.structure("timerqueue_head", 8, {{"head", root, 0}});
    const std::uint32_t clock_base_pointer = w.next_id();
    w.pointer(clock_base_pointer + 2);
    const std::uint32_t cpu_base_pointer = w.next_id();
    w.pointer(clock_base_pointer + 4);
    auto clock_base = w.structure("hrtimer_clock_base", 64,
                                  {{"cpu_base", cpu_base_pointer, 0},
                                   {"clockid", u32, 64},
                                   {"active", head, 128},
                                   {"offset", s64, 192}});
    auto bases = w.array(clock_base, u32, 8);
    w.structure("hrtimer_cpu_base", 512, {{"clock_base", bases, 0}});
    auto hrtimer = w.structure(
        "hrtimer", 48,
        {{"node", node, 0}, {"function", pointer, 256}, {"base", clock_base_pointer, 320}});
    auto signal = w.structure("signal_struct", 48, {{"real_timer", hrtimer, 0}});
    w.structure("task_struct", 8, {{"signal", w.pointer(signal), 0}});
    w.structure(
        "tick_sched", 64,
        {{"sched_timer", hrtimer, 0}, {"tick_stopped", u32, 384}, {"last_tick_jiffies", u64, 448}});
    w.structure("rpc_xprt", 16, {{"bind_timeout", u64, 0}, {"idle_timeout", u64, 64}});
    return std::make_unique<layout::BtfTypes>(std::move(layout::Btf::parse(w.bytes()).value()));
}

struct World {
    fakes::FakeDump dump;
    fakes::FakeMemory& memory = dump.kernel;
    fakes::FakeSymbols symbols;
    std::unique_ptr<layout::BtfTypes> types = clock_types();
    kernel::Reader reader{dump, *types, symbols};
    std::vector<VAddr> tasks;

    template <class T>
    void set(std::uint64_t at, T value) {
        memory.set<T>(VAddr{at}, value);
    }
    void map(std::uint64_t at) { memory.put(VAddr{at}, std::vector<std::uint8_t>(0x1000)); }

    static constexpr std::uint64_t kJiffies = 0xffffffff80001000, kTick = 0xffffffff80002000,
                                   kCore = 0xffffffff80003000, kCpu = 0xffff888000001000,
                                   kTask = 0xffff888000002000, kXprt = 0xffff888000003000;

    void jiffies(std::uint64_t value) {
        map(kJiffies);
        symbols.add("jiffies_64", kJiffies, 8, 'D');
        set(kJiffies, value);
    }
    void tick_nsec(std::uint64_t value) {
        map(kTick);
        symbols.add("tick_nsec", kTick, 8, 'D');
        set(kTick, value);
    }
    // A timekeeper `counter` bytes behind the variable's begin.
    void timekeeper(std::int64_t monotonic_ns, std::int64_t realtime_s, std::uint64_t tick_ns,
                    std::uint64_t counter = 8) {
        map(kCore);
        symbols.add("tk_core", kCore, 0x200, 'b');
        set(kCore, std::uint64_t{2});
        std::int64_t base = monotonic_ns / kSecond * kSecond - 3;
        set(kCore + counter, base);
        set(kCore + counter + 8, static_cast<std::uint64_t>(monotonic_ns - base) << 8);
        set(kCore + counter + 16, std::uint32_t{8});
        set(kCore + counter + 20, std::uint32_t{1234});
        set(kCore + counter + 24, realtime_s);
        set(kCore + counter + 32, realtime_s * kSecond - base);
        set(kCore + counter + 40, std::int64_t{100} * kSecond);  // slept for 100 s
        set(kCore + counter + 48, tick_ns << 32);
    }
    // A task on a CPU whose next tick is due at `next_ns`.
    void task(unsigned cpu, std::uint64_t jiffies, std::int64_t next_ns) {
        std::uint64_t base = kCpu + cpu * 0x10000, from = kTask + cpu * 0x10000;
        map(base), map(from);
        set(from, from + 8);
        set(from + 8 + 40, base + 64);  // real_timer.base: the second clock of that CPU
        set(base + 64, base);
        set(base, base);
        set(base + 8, std::uint32_t{1});
        set(base + 64 + 8, std::uint32_t{0});
        set(base + 64 + 24, std::int64_t{1'700'000'000} * kSecond);
        set(base + 128 + 8, std::uint32_t{7});
        set(base + 128 + 24, std::int64_t{0});
        std::uint64_t other = base + 0x200, tick = base + 0x300;
        set(base + 16, other);
        set(other + 8, tick);
        set(tick, other);
        set(tick + 24, next_ns);
        set(tick + 32, std::uint64_t{0xffffffff81000000});
        set(tick + 56, jiffies);
        symbols.add("tick_sched_timer", 0xffffffff81000000, 16);
        tasks.push_back(VAddr{from});
    }
    Clock read(std::int64_t last_record_ns = 0) {
        return kernel::read_clock(reader, last_record_ns, tasks);
    }
};

}  // namespace

TEST_CASE("the clock is read from the kernel's own, and every way to HZ is named") {
    World world;
    world.jiffies(kFirst250 + 41 * 250 + 45);
    world.tick_nsec(4000000);
    world.timekeeper(41 * kSecond + 181526350, 1795196726, 4000123, GENERATE(8, 16, 72));
    Clock clock = world.read();
    CHECK(clock.hz == 250);
    CHECK(clock.hz_ground == "tick_nsec, timekeeper.ntp_tick, jiffies over uptime");
    CHECK(clock.jiffies == kFirst250 + 10295);
    CHECK(clock.monotonic_ns == 41 * kSecond + 181526350);
    CHECK(clock.boottime_ns == 141 * kSecond + 181526350);
    CHECK(clock.realtime_s == 1795196726);
}

TEST_CASE("HZ is found from the counter of jiffies alone, for every rate") {
    for (std::uint64_t hz : {100, 250, 300, 1000})
        for (std::uint64_t seconds : {7, 300, 1000, 5000000}) {
            World world;
            world.jiffies((std::uint64_t{1} << 32) - 300 * hz + seconds * hz);
            world.timekeeper(static_cast<std::int64_t>(seconds) * kSecond, 1795196726, 0);
            Clock clock = world.read();
            INFO(hz << " after " << seconds);
            // After 300 s all rates have counted to 2^32.
            if (seconds == 300)
                CHECK_FALSE(clock.hz);
            else
                CHECK(clock.hz == hz);
        }
}

TEST_CASE("ways that contradict each other leave the value unknown") {
    World world;
    world.jiffies(kFirst250 + 1000 * 250);
    SECTION("HZ") {
        world.tick_nsec(1000000);
        world.timekeeper(1000 * kSecond, 1795196726, 4000000);
        CHECK(world.read().hz.error().reason == Reason::corrupt);
        world.set(World::kXprt, std::uint64_t{15000});
        Clock clock = world.read();
        kernel::learn_hz(clock, world.reader.object("struct rpc_xprt", VAddr{World::kXprt}));
        CHECK_FALSE(clock.hz);
    }
    SECTION("the timekeeper") {
        world.timekeeper(1000 * kSecond, 1795196726, 4000000);
        world.set(World::kCore + 8 + 24, std::int64_t{1795190000});
        CHECK(world.read().monotonic_ns.error().reason == Reason::corrupt);
        CHECK(world.read().realtime_s.error().reason == Reason::corrupt);
    }
    SECTION("the time of the crash") {
        world.timekeeper(1000 * kSecond, 1795196726, 4000000);
        world.dump.info = dump::Vmcoreinfo::parse("CRASHTIME=1795196720\n");
        CHECK(world.read().realtime_s == 1795196726);
        world.dump.info = dump::Vmcoreinfo::parse("CRASHTIME=1795100000\n");
        CHECK(world.read().realtime_s.error().reason == Reason::corrupt);
        CHECK(world.read().monotonic_ns == 1000 * kSecond);
    }
}

TEST_CASE("without data symbols tasks lead to the last tick") {
    World world;
    CHECK_FALSE(world.read().hz);
    CHECK(world.read().jiffies.error().reason == Reason::no_symbol);
    world.task(0, kFirst250 + 70 * 250, 70 * kSecond + 4000000);
    world.task(1, kFirst250 + 75 * 250, 75 * kSecond + 4000000);
    Clock clock = world.read();
    CHECK(clock.hz == 250);
    CHECK(clock.hz_ground == "a CPU's last tick");
    CHECK(clock.jiffies == kFirst250 + 75 * 250);
    CHECK(clock.monotonic_ns == 75 * kSecond);
    CHECK(clock.boottime_ns == 75 * kSecond);
    CHECK(clock.realtime_s == 1700000075);

    SECTION("but not from an idle CPU, whose next tick is far") {
        world.set(World::kCpu + 0x10000 + 0x300 + 48, std::uint32_t{1});
        CHECK(world.read().jiffies == kFirst250 + 70 * 250);
    }
    SECTION("pages of one CPU missing") {
        world.memory.remove(VAddr{World::kCpu + 0x10000});
        CHECK_FALSE(world.read().monotonic_ns);  // not the other CPU's, which is another time
        CHECK_FALSE(world.read().jiffies);
    }
    SECTION("a clock that says nothing sensible") {
        world.set(World::kCpu + 0x10000 + 0x300 + 24, std::int64_t{7000} * kSecond);
        CHECK_FALSE(world.read().hz);
        CHECK_FALSE(world.read().monotonic_ns);
    }
}

TEST_CASE("a clock whose page is missing is not replaced by one that is a tick behind") {
    World world;
    world.jiffies(kFirst250 + 75 * 250 + 3);
    world.timekeeper(75 * kSecond + 14000000, 1795196726, 4000000);
    world.task(0, kFirst250 + 75 * 250, 75 * kSecond + 4000000);
    world.memory.remove(VAddr{World::kCore});
    world.memory.remove(VAddr{World::kJiffies});
    world.dump.info = dump::Vmcoreinfo::parse("CRASHTIME=1795196720\n");
    CHECK_FALSE(world.read().monotonic_ns);
    CHECK_FALSE(world.read().jiffies);
    CHECK_FALSE(world.read().realtime_s);
}

TEST_CASE("the time of the crash is known from VMCOREINFO where nothing else tells it") {
    World world;
    world.dump.info = dump::Vmcoreinfo::parse("CRASHTIME=1795196720\n");
    CHECK(world.read().realtime_s == 1795196720);
    world.dump.info = dump::Vmcoreinfo::parse("CRASHTIME=17951x\n");
    CHECK_FALSE(world.read().realtime_s);
}

TEST_CASE("a transport teaches HZ, unless it contradicts itself") {
    World world;
    world.map(World::kXprt);
    auto xprt = world.reader.object("struct rpc_xprt", VAddr{World::kXprt});
    auto learn = [&](std::uint64_t bind, std::uint64_t idle) {
        world.set(World::kXprt, bind);
        world.set(World::kXprt + 8, idle);
        Clock clock;
        kernel::learn_hz(clock, xprt);
        return clock;
    };
    CHECK(learn(15000, 75000).hz == 250);
    CHECK(learn(15000, 75000).hz_ground == "rpc_xprt.bind_timeout");
    CHECK(learn(60000, 0).hz == 1000);
    CHECK_FALSE(learn(15000, 60000).hz);
    CHECK_FALSE(learn(15001, 75005).hz);
    CHECK_FALSE(learn(0, 0).hz);  // the back channel
    CHECK_FALSE(learn(0x6b6b6b6b6b6b6b6c, 0).hz);
    Clock known;
    known.hz = 100;
    kernel::learn_hz(known, xprt);
    CHECK(known.hz == 100);
}

TEST_CASE("times become ages, across the wrap of jiffies too") {
    Clock clock;
    CHECK_FALSE(clock.since_jiffies(5));
    CHECK_FALSE(clock.from_jiffies(5));
    CHECK_FALSE(clock.since_ktime(5));
    clock.hz = 250;
    clock.jiffies = 100;
    clock.monotonic_ns = 10 * kSecond;
    clock.boottime_ns = 20 * kSecond + 1;
    clock.realtime_s = 1700000000;
    CHECK(clock.since_jiffies(50)->ns == kSecond / 5);
    CHECK(clock.since_jiffies(150)->ns == -kSecond / 5);
    CHECK(clock.since_jiffies(~std::uint64_t{0} - 149)->ns == kSecond);
    CHECK(clock.from_jiffies(15000)->ns == 60 * kSecond);
    CHECK(clock.since_ktime(9 * kSecond)->ns == kSecond);
    CHECK(clock.since_boottime_s(5)->ns == 15 * kSecond);
    CHECK(clock.since_realtime_s(1700000010)->ns == -10 * kSecond);
    SECTION("a time that the last tick has not reached is none ago, a later one is ahead") {
        CHECK(clock.since_jiffies(102)->ns == 0);
        CHECK(clock.since_jiffies(103)->ns == -3 * kSecond / 250);
        CHECK(clock.since_ktime(10 * kSecond + kSecond / 250)->ns == 0);
        CHECK(clock.since_ktime(10 * kSecond + kSecond / 100)->ns == -kSecond / 100);
        CHECK(clock.since_boottime_s(21)->ns == -kSecond);
        clock.boottime_ns = 21 * kSecond - 1;  // the next second is nearer than a tick
        CHECK(clock.since_boottime_s(21)->ns == 0);
        CHECK(clock.since_boottime_s(22)->ns == -2 * kSecond);
    }
    SECTION("what is still to come is told to the tick, and past timeouts are negative") {
        CHECK(clock.until_jiffies(101)->ns == kSecond / 250);
        CHECK(clock.until_jiffies(99)->ns == -kSecond / 250);
        CHECK(clock.until_boottime_s(23)->ns == 3 * kSecond);
        CHECK(clock.until_boottime_s(19)->ns == -kSecond);
    }
    SECTION("what no clock can show is no age") {
        CHECK(clock.from_jiffies(INT64_MAX).error().reason == Reason::corrupt);
        CHECK(clock.since_ktime(INT64_MIN).error().reason == Reason::corrupt);
        CHECK(clock.since_realtime_s(INT64_MIN).error().reason == Reason::corrupt);
        CHECK(clock.since_boottime_s(INT64_MAX).error().reason == Reason::corrupt);
    }
}
