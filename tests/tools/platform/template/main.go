// Command template is a composition function for tests: as much of function-templating's input as a pipeline needs, an inline
// Go template that makes one YAML document per resource.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"text/template"

	"github.com/crossplane/function-sdk-go"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// nameAnnotation names the resource in the pipeline.
const nameAnnotation = "gotemplating.fn.crossplane.io/composition-resource-name"

type templating struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

func (templating) RunFunction(_ context.Context, request *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	answer := response.To(request, response.DefaultTTL)
	if err := desire(request, answer); err != nil {
		response.Fatal(answer, err)
	}
	return answer, nil
}

// desire adds the template's resources to what the earlier steps desire.
func desire(request *fnv1.RunFunctionRequest, answer *fnv1.RunFunctionResponse) error {
	text, err := execute(request)
	if err != nil {
		return err
	}
	if answer.Desired.Resources == nil {
		answer.Desired.Resources = map[string]*fnv1.Resource{}
	}
	for documents := yaml.NewYAMLOrJSONDecoder(text, 4096); ; {
		object := map[string]any{}
		if err := documents.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		metadata, _ := object["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		name, _ := annotations[nameAnnotation].(string)
		if name == "" {
			return errors.New("a document lacks the annotation " + nameAnnotation)
		}
		delete(annotations, nameAnnotation)
		resource, err := structpb.NewStruct(object)
		if err != nil {
			return err
		}
		answer.Desired.Resources[name] = &fnv1.Resource{Resource: resource}
	}
}

// execute runs the template of the input on the request as JSON.
func execute(request *fnv1.RunFunctionRequest) (io.Reader, error) {
	text := request.GetInput().GetFields()["inline"].GetStructValue().GetFields()["template"].GetStringValue()
	parsed, err := template.New("inline").Parse(text)
	if err != nil {
		return nil, err
	}
	document, err := protojson.Marshal(request)
	if err != nil {
		return nil, err
	}
	data := map[string]any{}
	if err := json.Unmarshal(document, &data); err != nil {
		return nil, err
	}
	result := &bytes.Buffer{}
	return result, parsed.Execute(result, data)
}

func main() {
	err := function.Serve(templating{}, function.Listen("tcp", ":9443"),
		function.MTLSCertificates(os.Getenv("TLS_SERVER_CERTS_DIR")), function.WithMetricsServer(""))
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
