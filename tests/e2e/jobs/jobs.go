// Package jobs gives work to the executor of examples/consumer and finds out what became of it: in PostgreSQL, on the streams
// of results and of dead letters, and on the progress channels.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Names of examples/consumer.
const (
	Namespace   = "intelligence-deepagents"
	Executor    = "deepagents"
	Stream      = "AGENT_EXECUTION"
	Consumer    = "deepagents-workers"
	Results     = "AGENT_STATUS"
	DeadLetters = "AGENT_EXECUTION_DEAD"
	subject     = Stream + ".agent.execute.e2e"
)

// Effects is how many rows a good job adds to the table `effects`.
const Effects = 2

// Job is one that the worker can do, or poison.
type Job struct {
	ID     string
	Poison bool
	steps  []map[string]any
}

// New makes jobs whose ids start with run, every tenth of them poison. A good one lasts a little longer than `lasts`.
func New(run string, count int, lasts time.Duration) []Job {
	wait := map[string]any{"kind": "wait", "seconds": lasts.Seconds() / 2}
	good := []map[string]any{
		{"kind": "template", "name": "draft", "text": "{{job_id}}"},
		with(wait, "name", "think"),
		{"kind": "record", "name": "first", "key": "first", "value": "{{steps.draft}}"},
		with(wait, "name", "think again"),
		{"kind": "record", "name": "second", "key": "second", "value": "{{steps.first}}"},
	}
	bad := [][]map[string]any{
		{{"kind": "no such kind"}},
		{},
		{{"kind": "template", "text": "{{input.missing}}"}},
	}
	made := make([]Job, count)
	for i := range made {
		made[i] = Job{ID: fmt.Sprintf("%s-%04d", run, i), steps: good}
		if i%10 == 9 {
			made[i].Poison, made[i].steps = true, bad[i/10%len(bad)]
		}
	}
	return made
}

func with(step map[string]any, key, value string) map[string]any {
	copied := map[string]any{key: value}
	for k, v := range step {
		copied[k] = v
	}
	return copied
}

// event is the CloudEvent that asks for the job.
func (j Job) event() ([]byte, error) {
	return json.Marshal(map[string]any{
		"specversion": "1.0", "id": j.ID, "source": "/tests/e2e", "type": "agent.execute", "datacontenttype": "application/json",
		"data": map[string]any{"job_id": j.ID, "agent_definition": map[string]any{"steps": j.steps}},
	})
}

// Publish stores each job once on the executor's stream.
func Publish(ctx context.Context, js jetstream.JetStream, all []Job) error {
	for _, job := range all {
		body, err := job.event()
		if err != nil {
			return err
		}
		message := &nats.Msg{Subject: subject, Data: body}
		if _, err := js.PublishMsg(ctx, message, jetstream.WithMsgID(job.ID)); err != nil {
			return fmt.Errorf("cannot publish job %s: %w", job.ID, err)
		}
	}
	return nil
}
