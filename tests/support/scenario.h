// Scenario: one call of the function as Crossplane makes it, built and read with the official messages, so that neither
// the SDK's view nor its codec vouches for itself.
#pragma once

#include <map>
#include <string>

#include "fn/v1/run_function.pb.h"
#include "xfn/json.h"

namespace agent {

struct Scenario {
  xfn::Json composite;                                    // null: the request has none
  xfn::Json input;                                        // null: the step has none
  std::map<std::string, xfn::Json> observed;              // by composition resource name
  std::map<std::string, xfn::Json> required;              // by requirement name: a list of objects
  apiextensions::fn::proto::v1::RunFunctionRequest base;  // what else the request holds

  apiextensions::fn::proto::v1::RunFunctionRequest Request() const;
};

// Run calls the function through the whole SDK.
// REQUIRES: the call succeeds.
apiextensions::fn::proto::v1::RunFunctionResponse Run(const Scenario& scenario);

// What a response desires and says, as JSON, for comparing.
std::map<std::string, xfn::Json> Desired(const apiextensions::fn::proto::v1::RunFunctionResponse& response);
xfn::Json DesiredComposite(const apiextensions::fn::proto::v1::RunFunctionResponse& response);

// "Status/Reason: message" of a condition, "" when it is missing.
std::string ConditionText(const apiextensions::fn::proto::v1::RunFunctionResponse& response, const std::string& type);

google::protobuf::Struct ToStruct(const xfn::Json& object);
xfn::Json FromStruct(const google::protobuf::Struct& object);

// Demo is a valid composite; Secrets are the answers to all it requires; Ready is an object as its controller reports
// it.
xfn::Json Demo();
std::map<std::string, xfn::Json> Secrets();
xfn::Json Ready(xfn::Json object);

}  // namespace agent
