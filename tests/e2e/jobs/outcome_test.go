package jobs

import (
	"testing"
	"time"
)

// TestProblems: each thing that can go wrong with a job is told.
func TestProblems(t *testing.T) {
	all := New("run", 10, time.Second) // the last one is poison
	good, poison := all[0].ID, all[9].ID
	for _, row := range []struct {
		reason   string
		spoil    func(Outcome)
		problems int
	}{
		{"all as it should be", func(Outcome) {}, 0},
		{"a job is lost before anybody saw it", func(o Outcome) {
			delete(o.Status, good)
			delete(o.Effects, good)
			delete(o.Results, good)
		}, 4},
		{"a job is not finished", func(o Outcome) { o.Status[good] = "running" }, 1},
		{"an effect is applied twice", func(o Outcome) { o.Effects[good]++ }, 1},
		{"an effect is lost", func(o Outcome) { o.Effects[good]-- }, 1},
		{"a result is told twice", func(o Outcome) { o.Results[good]++ }, 1},
		{"a good job is a dead letter", func(o Outcome) { o.Dead[good]++ }, 1},
		{"a dead letter is lost", func(o Outcome) { delete(o.Dead, poison) }, 1},
		{"a poisonous job is done", func(o Outcome) { o.Status[poison], o.Effects[poison] = "completed", Effects }, 2},
		{"a job that nobody asked for", func(o Outcome) { o.Status["run-else"] = "completed" }, 1},
	} {
		o := Outcome{Status: map[string]string{}, Effects: map[string]int{}, Results: map[string]int{}, Dead: map[string]int{poison: 1}}
		for _, job := range all {
			o.Status[job.ID], o.Effects[job.ID], o.Results[job.ID] = "completed", Effects, 1
		}
		o.Status[poison], o.Effects[poison] = "failed", 0
		row.spoil(o)
		if problems := o.Problems(all); len(problems) != row.problems {
			t.Errorf("%s: %d problems, not %d: %v", row.reason, len(problems), row.problems, problems)
		}
	}
}
