#include "store.h"

#include <pqxx/pqxx>

#include "fault.h"
#include "migrations.h"

namespace worker {
namespace {

// Two keys: other users of the database lock by other first numbers.
constexpr const char* kTryLock = "SELECT pg_try_advisory_lock(20817, hashtext($1))";
constexpr const char* kUnlock = "SELECT pg_advisory_unlock(20817, hashtext($1))";
constexpr int kMigrationLock = 20816;
constexpr const char* kTime = R"(to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))";

// Quoted for a connection string.
std::string Quoted(const std::string& value) {
  std::string quoted = "'";
  for (const char c : value) quoted += (c == '\'' || c == '\\') ? std::string{'\\', c} : std::string{c};
  return quoted + "'";
}

std::string Address(const Config& config) {
  const auto& p = config.postgres;
  return "host=" + Quoted(p.host) + " port=" + Quoted(p.port) + " dbname=" + Quoted(p.database) +
         " user=" + Quoted(p.user) + (p.password.empty() ? "" : " password=" + Quoted(p.password)) +
         " application_name=agent-worker connect_timeout=5 keepalives_idle=10 keepalives_interval=5 keepalives_count=3"
         " tcp_user_timeout=15000";
}

}  // namespace

struct Store::Connection {
  // libpqxx 6 would connect again by itself and lose our lock unnoticed. Version 7 no longer does, hence the
  // deprecation.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  explicit Connection(const std::string& address) : sql(address) { sql.inhibit_reactivation(true); }
#pragma GCC diagnostic pop

  pqxx::connection sql;
};

Store::Store(const Config& config) : address_(Address(config)) {}
Store::~Store() = default;

// Do turns the library's exceptions into ours. A broken connection is dropped at once: its lock is gone, so work on a
// job must not go on over a new one unnoticed.
template <typename Work>
auto Store::Do(const char* what, Work work) {
  try {
    if (!connection_) Connect();
    return work(connection_->sql);
  } catch (const pqxx::data_exception& e) {
    throw Poison(std::string(what) + ": " + e.what());
  } catch (const pqxx::sql_error& e) {
    if (!connection_->sql.is_open()) connection_.reset();
    throw Transient(std::string(what) + ": " + e.what());
  } catch (const pqxx::failure& e) {  // broken_connection, in_doubt_error
    connection_.reset();
    throw Transient(std::string(what) + ": " + e.what());
  }
}

void Store::Connect() {
  locked_.clear();
  connection_ = std::make_unique<Connection>(address_);
}

void Store::Check() {
  Do("cannot reach PostgreSQL",
     [](pqxx::connection& connection) { pqxx::nontransaction(connection).exec("SELECT 1"); });
}

bool Store::TryLock(const std::string& job_id) {
  return Do("cannot lock the job", [&](pqxx::connection& connection) {
    const bool taken = pqxx::nontransaction(connection).exec_params1(kTryLock, job_id)[0].as<bool>();
    if (taken) locked_ = job_id;
    return taken;
  });
}

void Store::Unlock(const std::string& job_id) noexcept {
  try {
    if (connection_ && locked_ == job_id) pqxx::nontransaction(connection_->sql).exec_params1(kUnlock, job_id);
  } catch (const std::exception&) {
    connection_.reset();
  }
  locked_.clear();
}

JobRecord Store::Open(const std::string& job_id) {
  return Do("cannot read the job", [&](pqxx::connection& connection) {
    if (locked_ != job_id) throw Transient("cannot read the job: the connection with its lock was lost");
    pqxx::work work(connection);
    work.exec_params0("INSERT INTO jobs (job_id) VALUES ($1) ON CONFLICT DO NOTHING", job_id);
    const auto row = work.exec_params1(
        "SELECT status, coalesce(" + std::string(kTime) + ", ''), result FROM jobs WHERE job_id = $1", job_id);
    JobRecord record{
        row[0].as<std::string>(), row[1].as<std::string>(), Json::parse(row[2].as<std::string>("null")), {}};
    for (const auto& step :
         work.exec_params("SELECT output FROM checkpoints WHERE job_id = $1 ORDER BY step", job_id)) {
      record.outputs.push_back(Json::parse(step[0].c_str()));
    }
    work.commit();
    return record;
  });
}

void Store::Commit(const std::string& job_id, std::size_t step, const Outcome& outcome) {
  Do("cannot save the step", [&](pqxx::connection& connection) {
    if (locked_ != job_id) throw Transient("cannot save the step: the connection with the job's lock was lost");
    pqxx::work work(connection);
    // No ON CONFLICT: a second writer fails here, and its effect with it.
    work.exec_params0("INSERT INTO checkpoints (job_id, step, output) VALUES ($1, $2, $3)", job_id, step,
                      outcome.output.dump());
    if (outcome.effect) {
      work.exec_params0("INSERT INTO effects (job_id, step, key, value) VALUES ($1, $2, $3, $4)", job_id, step,
                        outcome.effect->key, outcome.effect->value);
    }
    work.commit();
  });
}

std::string Store::Finish(const std::string& job_id, const std::string& status, const Json& result) {
  return Do("cannot finish the job", [&](pqxx::connection& connection) {
    if (locked_ != job_id) throw Transient("cannot finish the job: the connection with its lock was lost");
    pqxx::work work(connection);
    const auto row = work.exec_params1(
        "UPDATE jobs SET status = $2, result = $3, finished_at = now() WHERE job_id = $1"
        " RETURNING " +
            std::string(kTime),
        job_id, status, result.dump());
    work.commit();
    return row[0].as<std::string>();
  });
}

void Store::Migrate() {
  Do("cannot migrate", [](pqxx::connection& connection) {
    pqxx::work work(connection);
    work.exec_params1("SELECT pg_advisory_xact_lock($1)", kMigrationLock);
    work.exec0(kVersionTable);
    const auto done = work.exec1("SELECT coalesce(max(version), 0) FROM schema_version")[0].as<std::size_t>();
    for (std::size_t version = done + 1; version <= std::size(kMigrations); ++version) {
      work.exec(kMigrations[version - 1]);
      work.exec_params0("INSERT INTO schema_version (version) VALUES ($1)", version);
    }
    work.commit();
  });
}

}  // namespace worker
