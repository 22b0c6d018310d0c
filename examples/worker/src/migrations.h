// The tables, as a list of steps that only ever grows: a released one is never edited.
#pragma once

namespace worker {

inline constexpr const char* kVersionTable = R"(
  CREATE TABLE IF NOT EXISTS schema_version (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
  ))";

inline constexpr const char* kMigrations[] = {
    R"(
  CREATE TABLE jobs (
    job_id text PRIMARY KEY,
    status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'failed')),
    result jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  );
  CREATE TABLE checkpoints (
    job_id text NOT NULL REFERENCES jobs,
    step integer NOT NULL,
    output jsonb NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, step)
  );
  -- Stands for whatever a job changes in the world. No unique key on purpose: what keeps an effect single is that it is
  -- written with its checkpoint, and a second one would show here.
  CREATE TABLE effects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id text NOT NULL,
    step integer NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    FOREIGN KEY (job_id, step) REFERENCES checkpoints
  ))",
};

}  // namespace worker
