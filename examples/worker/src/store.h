// What PostgreSQL keeps of a job: its status, and each finished step with its output, so that a job delivered again
// goes on where it stopped. Not for several threads at once.
//
// Every function throws Transient when the database is away or busy; the next call connects again. Data that it can
// never take is Poison.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config.h"
#include "steps.h"

namespace worker {

struct JobRecord {
  std::string status;         // running, completed, failed
  std::string finished_at;    // RFC 3339; empty while it runs
  Json result;                // of a completed job; {"error": "..."} of a failed one
  std::vector<Json> outputs;  // of the finished steps, in order
};

class Store {
 public:
  explicit Store(const Config& config);
  ~Store();

  // Check connects when necessary and asks for a sign of life.
  void Check();

  // TryLock takes the right to work on a job, false when another worker has it. The lock belongs to the connection: it
  // ends with the worker, however that ends, and nothing is written for the job once it is lost.
  bool TryLock(const std::string& job_id);
  // Unlock never throws: without a connection there is no lock.
  void Unlock(const std::string& job_id) noexcept;

  // Open returns what is known of a job; a new one is running from now on.
  JobRecord Open(const std::string& job_id);
  // Commit marks a step as done and applies its effect, both or neither.
  void Commit(const std::string& job_id, std::size_t step, const Outcome& outcome);
  // Finish sets the final status and returns the time of it.
  std::string Finish(const std::string& job_id, const std::string& status, const Json& result);

  // Migrate brings the tables to the newest version; safe to run twice and by several at once.
  void Migrate();

 private:
  struct Connection;

  template <typename Work>
  auto Do(const char* what, Work work);
  void Connect();

  std::string address_;
  std::unique_ptr<Connection> connection_;
  std::string locked_;  // the job whose lock this connection has
};

}  // namespace worker
