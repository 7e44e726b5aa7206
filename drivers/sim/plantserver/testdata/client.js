// What an OPC UA client that shares no code with Penstock sees of the
// simulated plant, as one line of JSON. Usage: node client.js ENDPOINT
const { OPCUAClient, AttributeIds, BrowseDirection, ClientMonitoredItemGroup, DataType, TimestampsToReturn, Variant } = require("node-opcua");

const properties = /\.(EURange|EngineeringUnits|TrueState|FalseState|EnumStrings|InputArguments)$/;

(async () => {
  const client = OPCUAClient.create({ endpointMustExist: true, connectionStrategy: { maxRetry: 2 } });
  await client.connect(process.argv[2]);
  const session = await client.createSession();
  const ns = (await session.readNamespaceArray()).indexOf("urn:penstock:waterworks");
  const id = name => `ns=${ns};s=${name}`;
  const said = {};

  const found = [];
  const walk = async (node, depth) => {
    const r = await session.browse({ nodeId: node, browseDirection: BrowseDirection.Forward, referenceTypeId: "HierarchicalReferences", includeSubtypes: true, resultMask: 63 });
    for (const ref of r.references) {
      if (ref.nodeId.namespace !== ns) continue;
      found.push(ref);
      if (depth < 3) await walk(ref.nodeId, depth + 1);
    }
  };
  await walk("i=85", 0);
  const variables = found.filter(r => r.nodeClass === 2 && !properties.test(r.nodeId.value));
  said.variables = variables.map(r => r.nodeId.value);
  said.methods = found.filter(r => r.nodeClass === 4).map(r => r.nodeId.value);

  const read = async name => (await session.read({ nodeId: id(name), attributeId: AttributeIds.Value }));
  const range = (await read("HL.PT601.EURange")).value.value;
  said.range = [range.low, range.high];
  const unit = (await read("HL.PT601.EngineeringUnits")).value.value;
  said.unit = [unit.displayName.text, unit.unitId];
  said.states = (await read("HL.P601.MODE.EnumStrings")).value.value.map(t => t.text);

  const sub = await session.createSubscription2({ requestedPublishingInterval: 250, publishingEnabled: true, requestedLifetimeCount: 100, requestedMaxKeepAliveCount: 10, maxNotificationsPerPublish: 50, priority: 1 });
  const group = ClientMonitoredItemGroup.create(sub, variables.map(r => ({ nodeId: r.nodeId, attributeId: AttributeIds.Value })), { samplingInterval: 250, queueSize: 10, discardOldest: true }, TimestampsToReturn.Both);
  const heard = {};
  group.on("changed", item => { const n = item.itemToMonitor.nodeId.value; heard[n] = (heard[n] || 0) + 1; });
  const until = async (is) => { for (let end = Date.now() + 90000; !await is() && Date.now() < end;) await new Promise(r => setTimeout(r, 100)); };
  await until(() => variables.every(r => heard[r.nodeId.value]) && heard["HL.FT601"] >= 5);
  said.heard = heard;

  const write = async (name, dataType, value) => (await session.write({ nodeId: id(name), attributeId: AttributeIds.Value, value: { value: { dataType, value } } })).name;
  said.writes = [
    await write("HL.PIC601.SP", DataType.Double, 4.25), await write("HL.PIC601.SP", DataType.Double, 50), await write("HL.PIC601.SP", DataType.String, "4"),
    await write("HL.PT601", DataType.Double, 1), await write("HL.P601.MODE", DataType.UInt32, 0), await write("NOPE", DataType.Double, 1),
  ];
  const call = async (name, ...args) => (await session.call({ objectId: id("Rehearsal"), methodId: id(name), inputArguments: args.map(value => new Variant({ dataType: DataType.String, value })) })).statusCode.name;
  said.calls = [await call("Rehearsal.Start", "sensor-fault"), await call("Rehearsal.Start", "earthquake")];
  await until(async () => (await read("CW.LT701")).statusCode.name !== "Good" && (await read("RW.FT201")).statusCode.name !== "Good");
  said.bad = (await read("CW.LT701")).statusCode.name;
  said.uncertain = (await read("RW.FT201")).statusCode.name;
  said.setpoint = (await read("HL.PIC601.SP")).value.value;
  said.calls.push(await call("Rehearsal.Stop"));

  await sub.terminate();
  await session.close();
  await client.disconnect();
  console.log("SAID " + JSON.stringify(said));
  process.exit(0);
})().catch(e => { console.log("FAILED " + e.stack); process.exit(1); });
