-- Health of a CustomResourceDefinition. Argo CD's own check calls one Degraded that the API server has yet to establish, as each
-- is for a moment. Its Application is Degraded with it, and that fails the sync of the app of apps.
local function health(status, message)
  return {status = status, message = message}
end

local conditions = {}
for _, condition in ipairs(obj.status ~= nil and obj.status.conditions or {}) do
  conditions[condition.type] = condition
end
local function is(kind, status)
  return conditions[kind] ~= nil and conditions[kind].status == status
end

if is("NamesAccepted", "False") then
  return health("Degraded", conditions.NamesAccepted.message or "its names are taken")
end
if is("NonStructuralSchema", "True") then
  return health("Degraded", conditions.NonStructuralSchema.message or "its schema is not structural")
end
if not is("Established", "True") then
  return health("Progressing", "waiting for the API server")
end
return health("Healthy", "established")
