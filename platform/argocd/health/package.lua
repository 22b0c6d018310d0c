-- Health of a Function or Configuration. Argo CD's own check calls one Healthy that Crossplane has not looked at yet, so that the
-- next wave starts too early, and Progressing one that cannot be fetched, for which a sync waits for ever.
local function health(status, message)
  return {status = status, message = message}
end

local conditions = {}
for _, condition in ipairs(obj.status ~= nil and obj.status.conditions or {}) do
  conditions[condition.type] = condition
end

for _, kind in ipairs({"Installed", "Healthy"}) do
  local condition = conditions[kind]
  if condition == nil or (condition.observedGeneration ~= nil and condition.observedGeneration < obj.metadata.generation) then
    return health("Progressing", "waiting for Crossplane")
  end
end
if conditions.Installed.status ~= "True" then
  if conditions.Installed.reason == "InactivePackageRevision" then
    return health("Suspended", conditions.Installed.message or "inactive")
  end
  return health("Degraded", conditions.Installed.message or "not installed")
end
if conditions.Healthy.status ~= "True" then
  return health("Progressing", conditions.Healthy.message or "not healthy yet")
end
return health("Healthy", obj.status.currentIdentifier or "healthy")
