// Program demo publishes jobs for the executor of examples/consumer and shows, until all are done, how the lag and the
// replicas follow. Its argument is a file for the samples, as CSV; docs/pictures/lag draws them.
package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"e2e/jobs"
)

var (
	count = flag.Int("jobs", 1000, "how many jobs; every tenth is poison")
	lasts = flag.Duration("lasts", time.Second, "how long a job takes at least")
	quiet = flag.Duration("quiet", 0, "how long to go on watching when all is done: replicas fall after 5 minutes")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := demo(ctx, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context, path string) error {
	platform, err := jobs.Connect(ctx)
	if err != nil {
		return err
	}
	defer platform.Close()
	run := fmt.Sprintf("demo-%d", time.Now().UnixMilli())
	all := jobs.New(run, *count, *lasts)
	start := time.Now()
	if err := jobs.Publish(ctx, platform.JetStream, all); err != nil {
		return err
	}
	fmt.Printf("%d jobs published in %.1f s\n\nseconds  lag %45s replicas  finished\n", len(all), time.Since(start).Seconds(), "")
	samples, err := watch(ctx, platform, run, start)
	if err != nil {
		return err
	}
	outcome, err := platform.Find(ctx, run)
	if err != nil {
		return err
	}
	fmt.Println("\n" + outcome.Summary())
	if problems := outcome.Problems(all); len(problems) > 0 {
		return fmt.Errorf("%d jobs went wrong: %s", len(problems), strings.Join(problems[:min(5, len(problems))], "; "))
	}
	fmt.Println("every good job completed once, every poisonous one is a dead letter")
	return write(path, start, samples)
}

// watch shows a line every two seconds until all jobs are done and quiet has passed.
func watch(ctx context.Context, platform *jobs.Platform, run string, start time.Time) ([]jobs.Sample, error) {
	var samples []jobs.Sample
	var done time.Time
	seen := time.Now() // one look may fail on a busy machine
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		sample, err := platform.Observe(ctx, run)
		if err != nil {
			if time.Since(seen) > time.Minute || ctx.Err() != nil {
				return nil, err
			}
			continue
		}
		seen = time.Now()
		samples = append(samples, sample)
		bar := strings.Repeat("█", (sample.Lag()*40+*count-1)/(*count))
		fmt.Printf("%7.0f  %4d %-40s  %3d of %-3d  %8d\n", time.Since(start).Seconds(), sample.Lag(), bar, sample.Ready,
			sample.Wanted, sample.Finished)
		if done.IsZero() && sample.Lag() == 0 && sample.Finished == *count {
			done = time.Now()
		}
		if !done.IsZero() && time.Since(done) >= *quiet {
			return samples, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

func write(path string, start time.Time, samples []jobs.Sample) error {
	if path == "" {
		return nil
	}
	rows := [][]string{{"seconds", "waiting", "in_work", "ready", "wanted", "finished"}}
	for _, s := range samples {
		row := []string{strconv.FormatFloat(s.At.Sub(start).Seconds(), 'f', 1, 64)}
		for _, n := range []int{s.Waiting, s.InWork, s.Ready, s.Wanted, s.Finished} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(file).WriteAll(rows); err != nil {
		return err
	}
	return file.Close()
}
