// The store's tables. `result` has one row for each content that gave a verdict, `source` one for
// each file that was looked at. The tables behind them are sums that every insertion keeps up to
// date, so that a report over a million results reads a few thousand rows. Times are seconds since
// 1970, days are times divided by 86400. A verdict without a known time counts for when it was
// added; only known times (`exact`) tell which crashes came together. `facts` is a CrashResult,
// packed without its JSON: its fields are part of the store's version.
#pragma once

#include <cstdint>
#include <string_view>

namespace nfstriage::fleet {

inline constexpr std::int64_t kStoreVersion = 2;            // PRAGMA user_version
inline constexpr std::int64_t kApplicationId = 0x4e465354;  // "NFST"

// Sums of days have levels, so that a long window adds up few rows: level 0 has days, each level
// above it the sums of so many of the level below. `day` counts in the level's own unit.
inline constexpr std::int64_t kLevels = 3, kDaysOfLevel = 16;

inline constexpr std::string_view kSchema = R"sql(
CREATE TABLE result(
  id INTEGER PRIMARY KEY,
  identity BLOB NOT NULL UNIQUE,
  time INTEGER NOT NULL, exact INTEGER NOT NULL, added INTEGER NOT NULL,
  status INTEGER NOT NULL, signature INTEGER, kernel INTEGER, host INTEGER,
  facts BLOB NOT NULL);
CREATE INDEX result_time ON result(time);
CREATE TABLE verdict(result INTEGER PRIMARY KEY, json BLOB NOT NULL);
CREATE TABLE source(
  path TEXT PRIMARY KEY, stamp TEXT NOT NULL, result INTEGER, tried INTEGER NOT NULL,
  expected TEXT, remedy TEXT) WITHOUT ROWID;
CREATE INDEX source_failed ON source(tried, path) WHERE result IS NULL;
CREATE INDEX source_result ON source(result);

CREATE TABLE kernel(
  id INTEGER PRIMARY KEY, release TEXT NOT NULL, version TEXT NOT NULL, arch TEXT NOT NULL,
  vendor TEXT NOT NULL, results INTEGER NOT NULL DEFAULT 0, UNIQUE(release, version, arch));
CREATE TABLE host(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, results INTEGER NOT NULL DEFAULT 0,
  first INTEGER, last INTEGER, kernel INTEGER);
CREATE INDEX host_last ON host(last, kernel);
CREATE INDEX host_kernel ON host(kernel, last);
CREATE TABLE server(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, results INTEGER NOT NULL DEFAULT 0);
CREATE TABLE signature(
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, text TEXT NOT NULL, status INTEGER NOT NULL,
  confidence INTEGER NOT NULL, title TEXT NOT NULL, rule TEXT NOT NULL,
  results INTEGER NOT NULL DEFAULT 0, hosts INTEGER NOT NULL DEFAULT 0,
  first INTEGER, last INTEGER);
CREATE INDEX signature_results ON signature(results DESC, key);
CREATE TABLE signature_text(
  text TEXT, signature INTEGER, PRIMARY KEY(text, signature)) WITHOUT ROWID;
CREATE INDEX signature_text_of ON signature_text(signature);

CREATE TABLE day_status(
  day INTEGER, status INTEGER, results INTEGER NOT NULL, unnamed INTEGER NOT NULL,
  undated INTEGER NOT NULL, cut_short INTEGER NOT NULL, PRIMARY KEY(day, status)) WITHOUT ROWID;
CREATE TABLE day_signature(
  level INTEGER, day INTEGER, signature INTEGER, results INTEGER NOT NULL,
  PRIMARY KEY(level, day, signature)) WITHOUT ROWID;
CREATE TABLE day_kernel(
  level INTEGER, day INTEGER, kernel INTEGER, results INTEGER NOT NULL,
  PRIMARY KEY(level, day, kernel)) WITHOUT ROWID;
CREATE TABLE day_server(
  level INTEGER, day INTEGER, server INTEGER, results INTEGER NOT NULL,
  PRIMARY KEY(level, day, server)) WITHOUT ROWID;

CREATE TABLE signature_host(
  signature INTEGER, host INTEGER, last INTEGER NOT NULL,
  PRIMARY KEY(signature, host)) WITHOUT ROWID;
CREATE INDEX signature_host_last ON signature_host(signature, last);
CREATE TABLE signature_kernel(
  signature INTEGER, kernel INTEGER, results INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(signature, kernel)) WITHOUT ROWID;
CREATE TABLE signature_server(
  signature INTEGER, server INTEGER, results INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY(signature, server)) WITHOUT ROWID;
CREATE TABLE signature_record(
  signature INTEGER, record TEXT, results INTEGER NOT NULL,
  PRIMARY KEY(signature, record)) WITHOUT ROWID;
CREATE TABLE record_kernel(
  record TEXT, kernel INTEGER, status INTEGER, basis INTEGER, results INTEGER NOT NULL,
  PRIMARY KEY(record, kernel, status, basis)) WITHOUT ROWID;

CREATE TABLE server_host(
  server INTEGER, host INTEGER, last INTEGER NOT NULL, PRIMARY KEY(server, host)) WITHOUT ROWID;
CREATE INDEX server_host_last ON server_host(server, last);
CREATE TABLE server_result(
  server INTEGER, time INTEGER, host INTEGER, result INTEGER,
  PRIMARY KEY(server, time, host, result)) WITHOUT ROWID;
CREATE TABLE burst(
  server INTEGER, start INTEGER, finish INTEGER NOT NULL, clients INTEGER NOT NULL,
  results INTEGER NOT NULL, PRIMARY KEY(server, start)) WITHOUT ROWID;
CREATE INDEX burst_clients ON burst(clients DESC, start DESC, server) WHERE clients > 1;
)sql";

}  // namespace nfstriage::fleet
