-- Health of an AgentExecutor from its conditions. Reasons are a fixed list (README.md of the repository).
local function health(status, message)
  return {status = status, message = message}
end

local conditions = {}
for _, condition in ipairs(obj.status ~= nil and obj.status.conditions or {}) do
  conditions[condition.type] = condition
end

local synced = conditions.Synced
if synced == nil then
  return health("Progressing", "waiting for Crossplane")
end
if synced.observedGeneration ~= nil and synced.observedGeneration < obj.metadata.generation then
  return health("Progressing", "waiting for Crossplane to see the change")
end
if synced.status ~= "True" then
  if synced.reason == "ReconcilePaused" then
    return health("Suspended", "reconciling is paused")
  end
  return health("Degraded", synced.message or "not synced")
end

-- What is not so, in the function's own words. Degraded: nothing more will come by waiting.
local degraded, said = false, ""
for _, kind in ipairs({"Valid", "SecretsReady", "StreamReady", "ConsumerReady", "WorkloadReady", "AutoscalingReady"}) do
  local condition = conditions[kind]
  if condition ~= nil and condition.status ~= "True" then
    degraded = degraded or condition.reason == "Degraded" or condition.reason == "Invalid"
    said = said .. (said == "" and "" or "; ") .. kind .. ": " .. (condition.message or condition.reason or "unknown")
  end
end

local ready = conditions.Ready ~= nil and conditions.Ready.status == "True"
if degraded then
  return health("Degraded", said)
end
if not ready then
  return health("Progressing", said ~= "" and said or "waiting to become ready")
end
if said ~= "" then
  return health("Degraded", said) -- it runs, but a pod that starts now would fail
end
return health("Healthy", conditions.WorkloadReady ~= nil and conditions.WorkloadReady.reason or "ready")
