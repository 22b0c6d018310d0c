package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Outcome is what became of a run's jobs. Each map is by job id.
type Outcome struct {
	Status  map[string]string // as in PostgreSQL: completed, failed, running
	Effects map[string]int    // rows in PostgreSQL
	Results map[string]int    // events agent.status.*
	Dead    map[string]int    // messages in the stream of dead letters
}

// Find reads all of it.
func (p *Platform) Find(ctx context.Context, run string) (Outcome, error) {
	o := Outcome{Status: map[string]string{}, Effects: map[string]int{}}
	rows, err := p.database.Query(ctx, `
		SELECT job_id, status, (SELECT count(*) FROM effects WHERE effects.job_id = jobs.job_id)
		FROM jobs WHERE starts_with(job_id, $1)`, run)
	if err != nil {
		return o, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, status string
		var effects int
		if err := rows.Scan(&id, &status, &effects); err != nil {
			return o, err
		}
		o.Status[id], o.Effects[id] = status, effects
	}
	if err := rows.Err(); err != nil {
		return o, err
	}
	if o.Results, err = p.events(ctx, Results, run); err != nil {
		return o, err
	}
	o.Dead, err = p.events(ctx, DeadLetters, run)
	return o, err
}

// events counts a stream's CloudEvents about jobs of the run.
func (p *Platform) events(ctx context.Context, stream, run string) (map[string]int, error) {
	found := map[string]int{}
	s, err := p.JetStream.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("cannot find stream %s: %w", stream, err)
	}
	if s.CachedInfo().State.Msgs == 0 {
		return found, nil
	}
	consumer, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return nil, err
	}
	for {
		message, err := consumer.Next(jetstream.FetchMaxWait(10 * time.Second))
		if err != nil {
			return nil, fmt.Errorf("cannot read stream %s: %w", stream, err)
		}
		var event struct {
			Data struct {
				JobID string `json:"job_id"`
			}
		}
		if json.Unmarshal(message.Data(), &event) == nil && strings.HasPrefix(event.Data.JobID, run) {
			found[event.Data.JobID]++
		}
		metadata, err := message.Metadata()
		if err != nil {
			return nil, err
		}
		if metadata.NumPending == 0 {
			return found, nil
		}
	}
}

// Problems compares with what should have become of the jobs: every good one completed, its effects applied once, one result
// told; every poisonous one failed, told, and a dead letter.
func (o Outcome) Problems(all []Job) []string {
	var problems []string
	check := func(id, what string, got, want any) {
		if got != want {
			problems = append(problems, fmt.Sprintf("%s: %s: %v, not %v", id, what, got, want))
		}
	}
	for _, job := range all {
		status, effects, dead := "completed", Effects, 0
		if job.Poison {
			status, effects, dead = "failed", 0, 1
		}
		check(job.ID, "status", o.Status[job.ID], status)
		check(job.ID, "effects", o.Effects[job.ID], effects)
		check(job.ID, "results told", o.Results[job.ID], 1)
		check(job.ID, "dead letters", o.Dead[job.ID], dead)
	}
	check("all", "jobs in PostgreSQL", len(o.Status), len(all))
	return problems
}

// Summary is the figures in one line.
func (o Outcome) Summary() string {
	count := map[string]int{}
	effects := 0
	for id, status := range o.Status {
		count[status]++
		effects += o.Effects[id]
	}
	return fmt.Sprintf("%d completed, %d failed, %d running; %d effects; %d results told; %d dead letters",
		count["completed"], count["failed"], count["running"], effects, sum(o.Results), sum(o.Dead))
}

func sum(counts map[string]int) int {
	total := 0
	for _, count := range counts {
		total += count
	}
	return total
}
