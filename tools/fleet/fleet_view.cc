#include "fleet/fleet_view.h"

#include <algorithm>
#include <unordered_map>

#include "fleet/fix_spread.h"
#include "fleet/schema.h"
#include "fleet/times.h"

namespace nfstriage::fleet {
namespace {

using verdict::Status;

constexpr std::int64_t kFew = 5;

std::uint64_t count(const Statement& statement, int column) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, statement.number(column)));
}

class View {
public:
    View(Database& database, const knowledge::Library& library, const FleetOptions& options)
        : database_(database), library_(library), options_(options) {
        if (options.since_s) view_.since_s = day_of(*options.since_s) * kSecondsOfDay;
        view_.now_s = options.now_s;
        view_.new_since_s = view_.since_s.value_or(day_of(options.now_s - kWeek_s) * kSecondsOfDay);
    }

    FleetView run() {
        view_.store = database_.path().string();
        totals();
        hosts();
        kernels();
        groups();
        servers();
        together();
        failures();
        return std::move(view_);
    }

private:
    static std::int64_t day_of(std::int64_t time_s) { return time_s / kSecondsOfDay; }
    std::int64_t since() const { return view_.since_s.value_or(0); }
    std::int64_t top() const { return static_cast<std::int64_t>(options_.top); }

    // Of one value.
    template <class... T>
    std::uint64_t number(std::string_view sql, const T&... values) {
        Statement statement = database_.prepare(sql);
        statement.bind(values...);
        return statement.row() ? count(statement, 0) : 0;
    }

    void totals() {
        Statement rows = database_.prepare(
            "SELECT day, status, results, unnamed, undated, cut_short FROM day_status"
            " WHERE day >= ?1");
        rows.bind(day_of(since()));
        while (rows.row()) {
            std::int64_t day_s = rows.number(0) * kSecondsOfDay;
            auto status = static_cast<Status>(rows.number(1));
            view_.results += count(rows, 2);
            view_.unnamed += count(rows, 3);
            view_.undated += count(rows, 4);
            view_.cut_short += count(rows, 5);
            view_.statuses[status] += count(rows, 2);
            if (!view_.first_day_s) view_.first_day_s = day_s;
            view_.last_day_s = day_s;
            view_.days[day_s][status] += count(rows, 2);
        }
    }

    void hosts() {
        view_.hosts = number("SELECT count(*) FROM host WHERE last >= ?1", since());
        Statement rows = database_.prepare(
            "SELECT kernel, count(*) FROM host INDEXED BY host_kernel WHERE last >= ?1"
            " GROUP BY kernel");
        rows.bind(since());
        while (rows.row()) hosts_of_kernel_[rows.number(0)] = count(rows, 1);
    }

    // Sums of a table of days since the view's day, by id; the most that there are.
    std::vector<std::pair<std::int64_t, std::uint64_t>> most(const std::string& thing,
                                                             std::uint64_t& all) {
        std::unordered_map<std::int64_t, std::uint64_t> sums;
        if (view_.since_s) {
            Statement rows = database_.prepare("SELECT " + thing + ", results FROM day_" + thing +
                                               " WHERE level = ?1 AND day >= ?2 AND day < ?3");
            // Days up to where a block of them begins, blocks up to where a larger one does.
            std::int64_t day = day_of(since());
            for (std::int64_t level = 0; level < kLevels; ++level) {
                bool is_last = level == kLevels - 1;
                std::int64_t above = (day + kDaysOfLevel - 1) / kDaysOfLevel;
                rows.bind(level, day, is_last ? INT64_MAX : above * kDaysOfLevel);
                while (rows.row()) sums[rows.number(0)] += count(rows, 1);
                day = above;
            }
            all = sums.size();
        } else {
            all = number("SELECT count(*) FROM " + thing);
            // With some to spare where the last are equal.
            Statement rows = database_.prepare("SELECT id, results FROM " + thing +
                                               " ORDER BY results DESC LIMIT ?1");
            rows.bind(4 * top());
            while (rows.row()) sums[rows.number(0)] = count(rows, 1);
        }
        std::vector<std::pair<std::int64_t, std::uint64_t>> list(sums.begin(), sums.end());
        std::size_t kept = std::min<std::size_t>(list.size(), 4 * options_.top);
        std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(kept),
                          list.end(), [](const auto& a, const auto& b) {
                              return a.second != b.second ? a.second > b.second : a.first < b.first;
                          });
        list.resize(kept);
        return list;
    }

    template <class T, class Name>
    void keep_top(std::vector<T>& list, Name name) {
        std::sort(list.begin(), list.end(), [&](const T& a, const T& b) {
            return a.results != b.results ? a.results > b.results : name(a) < name(b);
        });
        if (list.size() > options_.top) list.resize(options_.top);
    }

    void kernels() {
        Statement row =
            database_.prepare("SELECT release, version, arch, vendor FROM kernel WHERE id = ?1");
        for (auto [id, results] : most("kernel", view_.kernel_count)) {
            row.bind(id);
            if (!row.row()) continue;
            auto hosts = hosts_of_kernel_.find(id);
            view_.kernels.push_back({row.text(0), row.text(1), row.text(2), row.text(3), results,
                                     hosts == hosts_of_kernel_.end() ? 0 : hosts->second});
        }
        keep_top(view_.kernels, [](const KernelSeen& kernel) {
            return kernel.release + " " + kernel.version + " " + kernel.arch;
        });
    }

    void servers() {
        Statement name = database_.prepare("SELECT name FROM server WHERE id = ?1");
        Statement clients =
            database_.prepare("SELECT count(*) FROM server_host WHERE server = ?1 AND last >= ?2");
        for (auto [id, results] : most("server", view_.server_count)) {
            name.bind(id);
            clients.bind(id, since());
            if (!name.row() || !clients.row()) continue;
            view_.servers.push_back({name.text(0), results, count(clients, 0)});
        }
        keep_top(view_.servers, [](const ServerSeen& server) { return server.name; });
    }

    void groups() {
        Statement row = database_.prepare(
            "SELECT key, text, title, rule, status, confidence, hosts, first, last FROM signature"
            " WHERE id = ?1");
        struct Numbered : Group {
            std::int64_t id = 0;
        };
        std::vector<Numbered> list;
        for (auto [id, results] : most("signature", view_.group_count)) {
            row.bind(id);
            if (!row.row()) continue;
            Numbered group;
            group.id = id;
            group.results = results;
            group.signature = row.text(0), group.text = row.text(1);
            group.title = row.text(2), group.rule = row.text(3);
            group.status = static_cast<Status>(row.number(4));
            group.confidence = static_cast<verdict::Confidence>(row.number(5));
            group.hosts = count(row, 6);
            group.first_s = row.number(7), group.last_s = row.number(8);
            list.push_back(std::move(group));
        }
        keep_top(list, [](const Group& group) { return group.signature; });
        FixFacts facts(database_, library_, hosts_of_kernel_);
        for (Numbered& group : list) {
            describe(group, group.id);
            group.fixes = facts.of_signature(group.id);
            view_.groups.push_back(std::move(group));
        }
    }

    void describe(Group& group, std::int64_t id) {
        group.is_new = group.first_s >= view_.new_since_s;
        if (view_.since_s)
            group.hosts = number(
                "SELECT count(*) FROM signature_host INDEXED BY signature_host_last"
                " WHERE signature = ?1 AND last >= ?2",
                id, since());
        std::int64_t today = day_of(view_.now_s);
        Statement row = database_.prepare(
            "SELECT results FROM day_signature WHERE level = 0 AND day = ?1 AND signature = ?2");
        for (std::int64_t ago = 0; ago < kDaysShown; ++ago) {
            row.bind(today - ago, id);
            if (!row.row()) continue;
            std::uint64_t results = count(row, 0);
            if (ago < 7) group.week += results;
            if (ago >= 7 && ago < 14) group.week_before += results;
            group.days[(today - ago) * kSecondsOfDay] = results;
        }
        group.kernels = named(
            "SELECT release, t.results FROM signature_kernel t JOIN kernel ON kernel.id = t.kernel"
            " WHERE signature = ?1 AND last >= ?2 ORDER BY t.results DESC, release LIMIT ?3",
            id);
        group.servers = named(
            "SELECT name, t.results FROM signature_server t JOIN server ON server.id = t.server"
            " WHERE signature = ?1 AND last >= ?2 ORDER BY t.results DESC, name LIMIT ?3",
            id);
        Statement related = database_.prepare(
            "SELECT DISTINCT key FROM signature_text a JOIN signature_text b ON a.text = b.text"
            " JOIN signature ON signature.id = b.signature"
            " WHERE a.signature = ?1 AND b.signature <> ?1 ORDER BY signature.results DESC, key"
            " LIMIT ?2");
        related.bind(id, kFew);
        while (related.row()) group.related.push_back(related.text(0));
    }

    std::vector<Named> named(std::string_view sql, std::int64_t id) {
        std::vector<Named> list;
        Statement rows = database_.prepare(sql);
        rows.bind(id, since(), kFew);
        while (rows.row()) list.push_back({rows.text(0), count(rows, 1)});
        return list;
    }

    void together() {
        Statement rows = database_.prepare(
            "SELECT server, name, start, finish, clients, burst.results"
            " FROM burst INDEXED BY burst_clients JOIN server ON server.id = burst.server"
            " WHERE clients > 1 AND finish >= ?1 ORDER BY clients DESC, start DESC LIMIT ?2");
        rows.bind(since(), top());
        while (rows.row()) {
            Together together{rows.text(1),
                              rows.number(2),
                              rows.number(3),
                              count(rows, 4),
                              count(rows, 5),
                              {},
                              {}};
            members(
                "SELECT DISTINCT name FROM server_result t JOIN host ON host.id = t.host"
                " WHERE t.server = ?1 AND time BETWEEN ?2 AND ?3 ORDER BY time, name LIMIT ?4",
                rows.number(0), together, together.hosts);
            members(
                "SELECT DISTINCT key FROM server_result t JOIN result ON result.id = t.result"
                " JOIN signature ON signature.id = result.signature"
                " WHERE t.server = ?1 AND t.time BETWEEN ?2 AND ?3 ORDER BY key LIMIT ?4",
                rows.number(0), together, together.signatures);
            view_.together.push_back(std::move(together));
        }
    }

    void members(std::string_view sql, std::int64_t server, const Together& together,
                 std::vector<std::string>& names) {
        Statement rows = database_.prepare(sql);
        rows.bind(server, together.start_s, together.finish_s, kFew);
        while (rows.row()) names.push_back(rows.text(0));
    }

    void failures() {
        view_.failed =
            number("SELECT count(*) FROM source WHERE result IS NULL AND tried >= ?1", since());
        Statement rows = database_.prepare(
            "SELECT path, expected, remedy FROM source WHERE result IS NULL AND tried >= ?1"
            " ORDER BY tried DESC, path LIMIT ?2");
        rows.bind(since(), kFew);
        while (rows.row()) view_.failures.push_back({rows.text(0), rows.text(1), rows.text(2)});
    }

    Database& database_;
    const knowledge::Library& library_;
    const FleetOptions& options_;
    FleetView view_;
    std::unordered_map<std::int64_t, std::uint64_t> hosts_of_kernel_;
};

}  // namespace

Result<FleetView> look_at(Store& store, const knowledge::Library& library,
                          const FleetOptions& options) {
    Database& database = store.database();
    // One state of the store, whoever writes to it meanwhile.
    database.run("BEGIN");
    FleetView view = View(database, library, options).run();
    database.run("COMMIT");
    if (auto fine = database.check(); !fine) return tl::unexpected<Error>(fine.error());
    return view;
}

}  // namespace nfstriage::fleet
