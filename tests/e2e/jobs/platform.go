package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/go-redis/v9"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// ErrUnreachable says that the environment does not name the stores.
var ErrUnreachable = errors.New("E2E_NATS_URL, E2E_POSTGRES_URL, E2E_REDIS_URL are not all set")

// Platform is what a run needs of the cluster and the stores around it.
type Platform struct {
	JetStream  jetstream.JetStream
	Kubernetes kubernetes.Interface
	connection *nats.Conn
	database   *pgxpool.Pool
	redis      *redis.Client
}

// Connect reaches everything that the environment names. The connections outlive restarts of the servers.
func Connect(ctx context.Context) (*Platform, error) {
	natsURL, postgresURL, redisURL := os.Getenv("E2E_NATS_URL"), os.Getenv("E2E_POSTGRES_URL"), os.Getenv("E2E_REDIS_URL")
	if natsURL == "" || postgresURL == "" || redisURL == "" {
		return nil, ErrUnreachable
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	p := &Platform{}
	if p.Kubernetes, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	if p.connection, err = nats.Connect(natsURL, nats.MaxReconnects(-1), nats.ReconnectWait(500*time.Millisecond)); err != nil {
		return nil, fmt.Errorf("cannot connect to NATS: %w", err)
	}
	if p.JetStream, err = jetstream.New(p.connection); err != nil {
		return nil, err
	}
	if p.database, err = pgxpool.New(ctx, postgresURL); err != nil {
		return nil, err
	}
	options, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, err
	}
	p.redis = redis.NewClient(options)
	return p, nil
}

// Close ends the connections.
func (p *Platform) Close() {
	p.connection.Close()
	p.database.Close()
	_ = p.redis.Close()
}

// Sample is the state of a run at one moment.
type Sample struct {
	At              time.Time
	Waiting, InWork int // jobs on the stream: not delivered, and delivered but not acknowledged
	Ready, Wanted   int // replicas
	Finished        int // jobs of the run that PostgreSQL knows as completed or failed
}

// Lag is what KEDA scales by.
func (s Sample) Lag() int { return s.Waiting + s.InWork }

// Observe takes a sample.
func (p *Platform) Observe(ctx context.Context, run string) (Sample, error) {
	s := Sample{At: time.Now()}
	consumer, err := p.JetStream.Consumer(ctx, Stream, Consumer)
	if err != nil {
		return s, err
	}
	info := consumer.CachedInfo()
	s.Waiting, s.InWork = int(info.NumPending), info.NumAckPending
	deployment, err := p.Kubernetes.AppsV1().Deployments(Namespace).Get(ctx, Executor, metav1.GetOptions{})
	if err != nil {
		return s, err
	}
	s.Ready, s.Wanted = int(deployment.Status.ReadyReplicas), int(*deployment.Spec.Replicas)
	query := `SELECT count(*) FROM jobs WHERE starts_with(job_id, $1) AND status <> 'running'`
	return s, p.database.QueryRow(ctx, query, run).Scan(&s.Finished)
}

// Channel counts the end events of a run's jobs on their progress channels, from now on.
type Channel struct {
	mutex  sync.Mutex
	ended  map[string]int
	pubsub *redis.PubSub
}

// Listen subscribes to the progress of all jobs.
func (p *Platform) Listen(ctx context.Context, run string) (*Channel, error) {
	const prefix = "langgraph:stream:"
	c := &Channel{ended: map[string]int{}, pubsub: p.redis.PSubscribe(ctx, prefix+run+"*")}
	if _, err := c.pubsub.Receive(ctx); err != nil {
		return nil, fmt.Errorf("cannot subscribe to the progress: %w", err)
	}
	go func() {
		for message := range c.pubsub.Channel(redis.WithChannelSize(100000)) {
			var event struct{ Event string }
			if json.Unmarshal([]byte(message.Payload), &event) == nil && event.Event == "end" {
				c.mutex.Lock()
				c.ended[strings.TrimPrefix(message.Channel, prefix)]++
				c.mutex.Unlock()
			}
		}
	}()
	return c, nil
}

// Ended is how many end events each job has had.
func (c *Channel) Ended() map[string]int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	ended := make(map[string]int, len(c.ended))
	for id, count := range c.ended {
		ended[id] = count
	}
	return ended
}

// Close ends the subscription.
func (c *Channel) Close() { _ = c.pubsub.Close() }
