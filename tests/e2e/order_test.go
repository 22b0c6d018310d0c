package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/e2e-framework/pkg/envconf"
)

// event is what the stories read of an entry of the API server's audit log.
type event struct {
	Verb           string
	ObjectRef      struct{ Resource, Namespace, Name, Subresource string }
	Received       time.Time       `json:"requestReceivedTimestamp"`
	Response       json.RawMessage `json:"responseObject"` // the object, or what is wrong, by the code
	ResponseStatus struct{ Code int }
}

// order: Consumer only after the Stream is ready, ScaledObject only after the Deployment exists and the Consumer is ready.
func order(t *testing.T) {
	const namespace = "e2e-order"
	log := os.Getenv("E2E_AUDIT_LOG")
	if log == "" {
		t.Skip("E2E_AUDIT_LOG does not name the API server's audit log")
	}
	play(t, story("things are created in order", namespace, "E2E_ORDER").
		Setup(wanted(namespace, "E2E_ORDER")).
		Setup(says(namespace, "Ready", "True")).
		Assess("as the audit log tells", func(ctx context.Context, t *testing.T, _ *envconf.Config) context.Context {
			events := readAudit(t, log, namespace)
			for _, wanted := range []struct{ later, earlier string }{
				{"consumers created", "streams ready"},
				{"scaledobjects created", "deployments created"},
				{"scaledobjects created", "consumers ready"},
			} {
				first, ok := events[wanted.earlier]
				second, ok2 := events[wanted.later]
				if !ok || !ok2 {
					t.Fatalf("the audit log lacks %q or %q: %v", wanted.earlier, wanted.later, events)
				}
				if second.Received.Before(first.Received) {
					t.Errorf("%s at %v, %s only at %v", wanted.later, second.Received, wanted.earlier, first.Received)
				}
			}
			return ctx
		}).
		Feature())
}

// readAudit finds the first event of each sort in a namespace: "RESOURCE created" by Crossplane, "RESOURCE ready".
func readAudit(t *testing.T, path, namespace string) map[string]event {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	first := map[string]event{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), `"namespace":"`+namespace+`"`) {
			continue
		}
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.ResponseStatus.Code >= 300 {
			continue
		}
		var object struct {
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
		if err := json.Unmarshal(e.Response, &object); err != nil {
			t.Fatal(err)
		}
		sort := ""
		if e.ResponseStatus.Code == 201 {
			sort = e.ObjectRef.Resource + " created"
		}
		for _, condition := range object.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" {
				sort = e.ObjectRef.Resource + " ready"
			}
		}
		if _, known := first[sort]; !known {
			first[sort] = e
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return first
}
