package conformance

import (
	"cmp"
	"slices"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	fnv1beta1 "github.com/crossplane/function-sdk-go/proto/v1beta1"
	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"
)

func TestDescriptorsAreTheOfficialOnes(t *testing.T) {
	s := start(t, "", "--insecure")
	connection := connect(t, s.address, nil)
	for _, row := range []struct {
		reason  string
		service string
		want    protoreflect.FileDescriptor
	}{
		{"v1", fnv1.FunctionRunnerService_ServiceDesc.ServiceName, fnv1.File_v1_run_function_proto},
		{"v1beta1", fnv1beta1.FunctionRunnerService_ServiceDesc.ServiceName, fnv1beta1.File_v1beta1_run_function_proto},
	} {
		t.Run(row.reason, func(t *testing.T) {
			got := describe(t, connection, row.service)
			want := protodesc.ToFileDescriptorProto(row.want)
			if diff := gocmp.Diff(normal(want), normal(got), protocmp.Transform()); diff != "" {
				t.Errorf("-official, +ours:\n%s", diff)
			}
		})
	}
}

// describe asks the server's reflection for the file that declares a service.
func describe(t *testing.T, connection *grpc.ClientConn, service string) *descriptorpb.FileDescriptorProto {
	t.Helper()
	response, err := reflect(t, connection, service)
	if err != nil {
		t.Fatalf("reflection: %v", err)
	}
	for _, file := range response.GetFileDescriptorResponse().GetFileDescriptorProto() {
		descriptor := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(file, descriptor); err != nil {
			t.Fatalf("reflection gives a malformed descriptor: %v", err)
		}
		for _, declared := range descriptor.GetService() {
			if descriptor.GetPackage()+"."+declared.GetName() == service {
				return descriptor
			}
		}
	}
	t.Fatalf("reflection gives no file with %s: %v", service, response)
	return nil
}

// reflect asks in the protocol's version v1 or, where a server lacks that (gRPC C++ before 1.57), its equal v1alpha.
func reflect(t *testing.T, connection *grpc.ClientConn, symbol string) (*reflectionv1.ServerReflectionResponse, error) {
	t.Helper()
	request := &reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: symbol},
	}
	response := &reflectionv1.ServerReflectionResponse{}
	var err error
	for _, method := range []string{
		reflectionv1.ServerReflection_ServerReflectionInfo_FullMethodName,
		reflectionv1alpha.ServerReflection_ServerReflectionInfo_FullMethodName,
	} {
		var stream grpc.ClientStream
		stream, err = connection.NewStream(testContext(t), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
		if err != nil {
			continue
		}
		if err = stream.SendMsg(request); err != nil {
			continue
		}
		if err = stream.RecvMsg(response); status.Code(err) != codes.Unimplemented {
			break
		}
	}
	return response, err
}

// normal leaves what is on the wire: messages, fields, numbers, types, labels, oneofs, enums and services, by name. File
// name, imports and options (go_package, deprecated) say nothing about the protocol; packed does.
func normal(file *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	normal := &descriptorpb.FileDescriptorProto{
		Package: file.Package, Syntax: file.Syntax, MessageType: file.MessageType, EnumType: file.EnumType, Service: file.Service,
	}
	normal = proto.Clone(normal).(*descriptorpb.FileDescriptorProto)
	byName(normal.MessageType)
	byName(normal.EnumType)
	byName(normal.Service)
	for _, message := range normal.MessageType {
		normalMessage(message)
	}
	for _, service := range normal.Service {
		for _, method := range service.Method { // a stream that is off may be said or left out
			method.ClientStreaming = proto.Bool(method.GetClientStreaming())
			method.ServerStreaming = proto.Bool(method.GetServerStreaming())
		}
	}
	return normal
}

func normalMessage(message *descriptorpb.DescriptorProto) {
	byName(message.NestedType)
	for _, nested := range message.NestedType {
		normalMessage(nested)
	}
	slices.SortFunc(message.Field, func(a, b *descriptorpb.FieldDescriptorProto) int {
		return cmp.Compare(a.GetNumber(), b.GetNumber())
	})
	for _, field := range message.Field {
		field.JsonName = nil // derived from the name
		if field.Options != nil {
			field.Options = &descriptorpb.FieldOptions{Packed: field.Options.Packed}
		}
		if proto.Size(field.Options) == 0 {
			field.Options = nil
		}
	}
}

func byName[T interface{ GetName() string }](list []T) {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(a.GetName(), b.GetName()) })
}
