#include "fleet/writer.h"

#include <algorithm>

#include "base/packed.h"
#include "fleet/schema.h"

namespace nfstriage::fleet {
namespace {

constexpr std::int64_t kSecondsOfDay = 86400;

std::string packed_facts(const CrashResult& result) {
    CrashResult facts = result;
    facts.json.clear();
    PackWriter writer;
    writer(facts);
    return writer.take();
}

// The id of a row that a statement with RETURNING inserted or found.
std::int64_t id_of(Statement& statement) {
    std::int64_t id = statement.row() ? statement.number(0) : 0;
    statement.run();
    return id;
}

}  // namespace

Writer::Writer(Database& database)
    : database_(database),
      find_identity_(database.prepare("SELECT id FROM result WHERE identity = ?1")),
      insert_result_(database.prepare(
          "INSERT INTO result(identity, time, exact, added, status, signature, kernel, host, facts)"
          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")),
      insert_verdict_(database.prepare("INSERT INTO verdict(result, json) VALUES(?1, ?2)")),
      link_source_(database.prepare(
          "INSERT INTO source(path, stamp, result, tried) VALUES(?1, ?2, ?3, ?4)"
          " ON CONFLICT DO UPDATE SET stamp = ?2, result = ?3, tried = ?4, expected = NULL,"
          " remedy = NULL")),
      fail_source_(database.prepare(
          "INSERT INTO source(path, stamp, tried, expected, remedy) VALUES(?1, ?2, ?3, ?4, ?5)"
          " ON CONFLICT DO UPDATE SET stamp = ?2, result = NULL, tried = ?3, expected = ?4,"
          " remedy = ?5 WHERE result IS NULL OR stamp <> ?2")),
      day_status_(database.prepare("INSERT INTO day_status VALUES(?1, ?2, 1, ?3, ?4, ?5)"
                                   " ON CONFLICT DO UPDATE SET results = results + 1,"
                                   " unnamed = unnamed + ?3, undated = undated + ?4,"
                                   " cut_short = cut_short + ?5")),
      day_signature_(database.prepare("INSERT INTO day_signature VALUES(?1, ?2, ?3, 1)"
                                      " ON CONFLICT DO UPDATE SET results = results + 1")),
      day_kernel_(database.prepare("INSERT INTO day_kernel VALUES(?1, ?2, ?3, 1)"
                                   " ON CONFLICT DO UPDATE SET results = results + 1")),
      day_server_(database.prepare("INSERT INTO day_server VALUES(?1, ?2, ?3, 1)"
                                   " ON CONFLICT DO UPDATE SET results = results + 1")),
      // What is said of a signature is what its best verdict says: the lowest status, then the
      // highest confidence, then the first title of the alphabet, so that order does not matter.
      signature_(database.prepare(
          "INSERT INTO signature(key, text, status, confidence, title, rule, results, first, last)"
          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7)"
          " ON CONFLICT(key) DO UPDATE SET results = results + 1, first = min(first, ?7),"
          " last = max(last, ?7),"
          " status = iif((?3, -?4, ?5) < (status, -confidence, title), ?3, status),"
          " confidence = iif((?3, -?4, ?5) < (status, -confidence, title), ?4, confidence),"
          " rule = iif((?3, -?4, ?5) < (status, -confidence, title), ?6, rule),"
          " title = iif((?3, -?4, ?5) < (status, -confidence, title), ?5, title)"
          " RETURNING id")),
      signature_text_(database.prepare("INSERT OR IGNORE INTO signature_text VALUES(?1, ?2)")),
      signature_host_(database.prepare("INSERT INTO signature_host VALUES(?1, ?2, ?3)"
                                       " ON CONFLICT DO UPDATE SET last = max(last, ?3)")),
      signature_new_host_(
          database.prepare("UPDATE signature SET hosts = hosts + 1 WHERE id = ?1 AND NOT EXISTS"
                           "(SELECT 1 FROM signature_host WHERE signature = ?1 AND host = ?2)")),
      signature_kernel_(database.prepare(
          "INSERT INTO signature_kernel VALUES(?1, ?2, 1, ?3)"
          " ON CONFLICT DO UPDATE SET results = results + 1, last = max(last, ?3)")),
      signature_server_(database.prepare(
          "INSERT INTO signature_server VALUES(?1, ?2, 1, ?3)"
          " ON CONFLICT DO UPDATE SET results = results + 1, last = max(last, ?3)")),
      signature_record_(database.prepare("INSERT INTO signature_record VALUES(?1, ?2, 1)"
                                         " ON CONFLICT DO UPDATE SET results = results + 1")),
      kernel_(database.prepare(
          "INSERT INTO kernel(release, version, arch, vendor, results) VALUES(?1, ?2, ?3, ?4, 1)"
          " ON CONFLICT DO UPDATE SET results = results + 1 RETURNING id")),
      host_(database.prepare(
          "INSERT INTO host(name, results, first, last) VALUES(?1, 1, ?2, ?2)"
          " ON CONFLICT DO UPDATE SET results = results + 1, first = min(first, ?2),"
          " last = max(last, ?2) RETURNING id")),
      host_kernel_(database.prepare("UPDATE host SET kernel = ?2 WHERE id = ?1 AND last = ?3")),
      server_(database.prepare("INSERT INTO server(name, results) VALUES(?1, 1)"
                               " ON CONFLICT DO UPDATE SET results = results + 1 RETURNING id")),
      record_kernel_(database.prepare("INSERT INTO record_kernel VALUES(?1, ?2, ?3, ?4, 1)"
                                      " ON CONFLICT DO UPDATE SET results = results + 1")),
      server_host_(database.prepare("INSERT INTO server_host VALUES(?1, ?2, ?3)"
                                    " ON CONFLICT DO UPDATE SET last = max(last, ?3)")),
      server_result_(
          database.prepare("INSERT OR IGNORE INTO server_result VALUES(?1, ?2, ?3, ?4)")),
      near_bursts_(
          // The last that began before, and those that begin near.
          database.prepare("SELECT min(start), max(finish) FROM burst WHERE server = ?1"
                           " AND start BETWEEN coalesce((SELECT max(start) FROM burst"
                           " WHERE server = ?1 AND start <= ?2 - ?3), ?2 - ?3) AND ?2 + ?3"
                           " AND finish >= ?2 - ?3")),
      near_results_(database.prepare(
          "SELECT count(*), count(DISTINCT host), min(time), max(time) FROM server_result"
          " WHERE server = ?1 AND time BETWEEN ?2 AND ?3")),
      drop_bursts_(
          database.prepare("DELETE FROM burst WHERE server = ?1 AND start BETWEEN ?2 AND ?3")),
      burst_(database.prepare("INSERT OR REPLACE INTO burst VALUES(?1, ?2, ?3, ?4, ?5)")) {}

void Writer::add(const Entry& entry, Added& added) {
    if (const auto* result = std::get_if<CrashResult>(&entry.outcome))
        add_result(entry, *result, added);
    else
        fail(entry, std::get<Error>(entry.outcome), added);
}

void Writer::add(const Duplicate& duplicate, Added& added) {
    if (std::int64_t known = id_of(find_identity_.bind(Statement::blob(duplicate.identity)))) {
        link(duplicate.path, duplicate.stamp, known, duplicate.seen_s);
        ++added.duplicates;
    }
}

void Writer::link(std::string_view path, std::string_view stamp, std::int64_t result,
                  std::int64_t seen_s) {
    if (path.empty()) return;
    link_source_.bind(path, stamp, result, seen_s).run();
}

void Writer::fail(const Entry& entry, const Error& error, Added& added) {
    fail_source_.bind(entry.path, entry.stamp, entry.seen_s, error.expected, error.remedy).run();
    ++added.failures;
}

void Writer::add_result(const Entry& entry, const CrashResult& result, Added& added) {
    if (std::int64_t known = id_of(find_identity_.bind(Statement::blob(entry.identity)))) {
        link(entry.path, entry.stamp, known, entry.seen_s);
        ++added.duplicates;
        return;
    }
    Ids ids;
    ids.exact = result.crash_time_s.has_value();
    ids.time = result.crash_time_s.value_or(entry.seen_s);
    count_kernel(result, ids);
    count_signature(result, ids);
    count_host(result, ids);
    insert_result_
        .bind(Statement::blob(entry.identity), ids.time, ids.exact ? 1 : 0, entry.seen_s,
              static_cast<int>(result.status), ids.signature, ids.kernel, ids.host,
              Statement::blob(packed_facts(result)))
        .run();
    ids.result = database_.last_id();
    insert_verdict_.bind(ids.result, Statement::blob(result.json)).run();
    count_servers(result, ids);
    std::int64_t day = ids.time / kSecondsOfDay;
    day_status_
        .bind(day, static_cast<int>(result.status), ids.host ? 0 : 1, ids.exact ? 0 : 1,
              result.cut_short ? 1 : 0)
        .run();
    link(entry.path, entry.stamp, ids.result, entry.seen_s);
    ++added.results;
}

void Writer::count_day(Statement& statement, const Ids& ids, std::optional<std::int64_t> what) {
    std::int64_t day = ids.time / kSecondsOfDay;
    for (std::int64_t level = 0; level < kLevels; ++level, day /= kDaysOfLevel)
        statement.bind(level, day, what).run();
}

void Writer::count_kernel(const CrashResult& result, Ids& ids) {
    if (result.release.empty()) return;
    ids.kernel = id_of(kernel_.bind(result.release, result.version, result.arch, result.vendor));
    count_day(day_kernel_, ids, ids.kernel);
    for (const RecordSaid& said : result.records)
        record_kernel_
            .bind(said.record, ids.kernel, static_cast<int>(said.status),
                  static_cast<int>(said.basis))
            .run();
}

void Writer::count_signature(const CrashResult& result, Ids& ids) {
    if (result.signature.empty()) return;
    ids.signature = id_of(
        signature_.bind(result.signature, result.signature_text, static_cast<int>(result.status),
                        static_cast<int>(result.confidence), result.title, result.rule, ids.time));
    signature_text_.bind(result.signature_text, ids.signature).run();
    for (const std::string& text : result.alternates)
        signature_text_.bind(text, ids.signature).run();
    count_day(day_signature_, ids, ids.signature);
    if (ids.kernel) signature_kernel_.bind(ids.signature, ids.kernel, ids.time).run();
    for (const RecordSaid& said : result.records)
        signature_record_.bind(ids.signature, said.record).run();
}

void Writer::count_host(const CrashResult& result, Ids& ids) {
    if (result.host.empty()) return;
    ids.host = id_of(host_.bind(result.host, ids.time));
    // It runs what it ran when it crashed last.
    if (ids.kernel) host_kernel_.bind(ids.host, ids.kernel, ids.time).run();
    if (!ids.signature) return;
    signature_new_host_.bind(ids.signature, ids.host).run();
    signature_host_.bind(ids.signature, ids.host, ids.time).run();
}

void Writer::count_servers(const CrashResult& result, const Ids& ids) {
    std::vector<std::string> servers = result.servers;
    std::sort(servers.begin(), servers.end());
    servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
    for (const std::string& name : servers) {
        std::int64_t server = id_of(server_.bind(name));
        count_day(day_server_, ids, server);
        if (ids.signature) signature_server_.bind(ids.signature, server, ids.time).run();
        if (!ids.host) continue;
        server_host_.bind(server, ids.host, ids.time).run();
        if (!ids.exact) continue;
        server_result_.bind(server, ids.time, ids.host, ids.result).run();
        extend_burst(server, ids);
    }
}

// A burst is a chain of crashes with no gap longer than kBurstGap_s. The new crash joins the chains
// on both of its sides, which are bursts already, or single crashes. What comes out does not depend
// on the order in which crashes come in.
void Writer::extend_burst(std::int64_t server, const Ids& ids) {
    std::int64_t start = ids.time - kBurstGap_s, finish = ids.time + kBurstGap_s;
    near_bursts_.bind(server, ids.time, kBurstGap_s);
    if (near_bursts_.row() && !near_bursts_.is_null(0)) {
        start = std::min(start, near_bursts_.number(0));
        finish = std::max(finish, near_bursts_.number(1));
    }
    near_bursts_.run();
    near_results_.bind(server, start, finish);
    if (!near_results_.row()) return;
    std::int64_t results = near_results_.number(0), clients = near_results_.number(1);
    start = near_results_.number(2), finish = near_results_.number(3);
    near_results_.run();
    if (results < 2) return;
    drop_bursts_.bind(server, start, finish).run();
    burst_.bind(server, start, finish, clients, results).run();
}

}  // namespace nfstriage::fleet
