// The node-opcua client, for comparison: subscribes to V0, V1, ... of the
// server beside this file and counts what comes. Settings are one JSON object:
// url, items, publish and sampling in milliseconds. It prints "READY", and
// "COUNT n" for every line on its standard input; it ends with that.
const { OPCUAClient, AttributeIds, TimestampsToReturn, ClientMonitoredItemGroup } = require("node-opcua");

const set = JSON.parse(process.argv[2]);

async function main() {
  const client = OPCUAClient.create({ endpointMustExist: false, requestedSessionTimeout: 60000 });
  await client.connect(set.url);
  const session = await client.createSession();
  const namespace = (await session.readNamespaceArray()).indexOf("urn:penstock:peer");
  const subscription = await session.createSubscription2({ requestedPublishingInterval: set.publish, publishingEnabled: true,
    requestedLifetimeCount: 200, requestedMaxKeepAliveCount: 20, maxNotificationsPerPublish: 10000, priority: 1 });
  const items = [];
  for (let i = 0; i < set.items; i++) items.push({ nodeId: `ns=${namespace};s=V${i}`, attributeId: AttributeIds.Value });
  const group = ClientMonitoredItemGroup.create(subscription, items, { samplingInterval: set.sampling, queueSize: 10, discardOldest: true }, TimestampsToReturn.Both);
  let count = 0;
  group.on("changed", () => { count++; });
  await new Promise((done) => group.on("initialized", done));
  process.stdin.on("data", () => console.log("COUNT", count));
  process.stdin.on("end", () => process.exit(0));
  console.log("READY");
}

main().catch((err) => { console.error("FATAL", err); process.exit(1); });
