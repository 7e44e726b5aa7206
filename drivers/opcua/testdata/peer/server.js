// An OPC UA server for the tests of drivers/opcua. It shares no code with the
// driver. Settings come as one JSON object on the command line; it prints
// "READY url" when it serves, and ends when its standard input does.
//
//   port      0: any
//   pki       folder for its certificates
//   vars      number of variables V0, V1, ... that change at hz
//   skip      number of a variable that is left out
//   shift     register another namespace first, so that indexes move
//   monitor   most items in one CreateMonitoredItems
//   read      most nodes in one Read
//   alarms    whether the tank has a limit alarm
//   anonymous false: everybody has to log in
//   history   seconds of history that HIST begins with
//   small     leave out what is there for its type alone, and the companion models: it starts sooner
const opcua = require("node-opcua");
const { OPCUAServer, OPCUACertificateManager, DataType, Variant, VariantArrayType, StatusCodes, DataValue, MessageSecurityMode, SecurityPolicy, UserTokenType, standardUnits, makeAccessLevelFlag, nodesets } = opcua;

const set = Object.assign({ port: 0, vars: 10, hz: 10, monitor: 1000, read: 1000, history: 0 }, JSON.parse(process.argv[2] || "{}"));

async function main() {
  const certificates = new OPCUACertificateManager({ rootFolder: set.pki, automaticallyAcceptUnknownCertificate: !set.strict });
  await certificates.initialize();
  const users = set.small ? certificates : new OPCUACertificateManager({ rootFolder: set.pki + "-users", automaticallyAcceptUnknownCertificate: true });
  await users.initialize();
  const server = new OPCUAServer({
    port: set.port, hostname: "127.0.0.1", alternateHostname: ["localhost", "127.0.0.1"], resourcePath: "/plant",
    nodeset_filename: set.small ? [nodesets.standard] : [nodesets.standard, nodesets.di, nodesets.autoId],
    serverCertificateManager: certificates, userCertificateManager: users,
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256, SecurityPolicy.Aes128_Sha256_RsaOaep, SecurityPolicy.Aes256_Sha256_RsaPss],
    allowAnonymous: set.anonymous !== false,
    maxConnectionsPerEndpoint: 1000,
    userManager: { isValidUser: (name, password) => name === "operator" && password === "pässword" },
    serverCapabilities: {
      maxSessions: 2000, maxSubscriptionsPerSession: 20, maxMonitoredItemsPerSubscription: 100000, maxMonitoredItems: 200000, maxBrowseContinuationPoints: 10,
      operationLimits: { maxNodesPerRead: set.read, maxNodesPerBrowse: 100, maxMonitoredItemsPerCall: set.monitor, maxNodesPerWrite: 100, maxNodesPerTranslateBrowsePathsToNodeIds: 100 },
    },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (set.shift) space.registerNamespace("urn:penstock:moved");
  opcua.addAggregateSupport(space);
  const ns = space.registerNamespace("urn:penstock:peer");
  const plant = ns.addFolder(space.rootFolder.objects, { browseName: "Plant" });

  const vars = [];
  for (let i = 0; i < set.vars; i++) {
    if (set.skip === i) continue;
    vars.push(ns.addAnalogDataItem({ organizedBy: plant, nodeId: `s=V${i}`, browseName: `V${i}`, description: `Variable ${i}`, dataType: DataType.Double,
      engineeringUnitsRange: { low: 0, high: 100 }, engineeringUnits: standardUnits.degree_celsius, minimumSamplingInterval: 50, value: { dataType: DataType.Double, value: 0 } }));
  }
  const count = ns.addVariable({ organizedBy: plant, nodeId: "s=COUNT", browseName: "COUNT", dataType: "Int32", minimumSamplingInterval: 0, value: { dataType: DataType.Int32, value: 0 } });

  if (!set.small) addTypes(space, ns, plant);
  addWritable(ns, plant);
  const jump = addHistory(space, ns, plant);
  addMethod(ns, plant);
  const level = set.alarms ? addAlarm(space, ns, plant) : undefined;

  await server.start();
  let tick = 0;
  if (set.hz > 0) setInterval(() => {
    tick++;
    for (let i = 0; i < vars.length; i++) vars[i].setValueFromSource({ dataType: DataType.Double, value: ((tick * 7 + i) % 1000) / 10 });
  }, 1000 / set.hz);
  let counted = 0;
  setInterval(() => count.setValueFromSource({ dataType: DataType.Int32, value: ++counted }), 100);
  // "level 95" moves the tank's level, "live 1000" lets LIVE go on from there, "live?" prints it.
  process.stdin.on("data", (lines) => lines.toString().trim().split("\n").forEach((line) => {
    const [what, value] = line.split(" ");
    if (what === "live") jump(+value);
    if (what === "live?") console.log("LIVE", jump());
    if (what === "level" && level) level.setValueFromSource({ dataType: DataType.Double, value: +value });
  }));
  process.stdin.on("end", () => process.exit(0));
  console.log("READY", server.getEndpointUrl());
  process.on("SIGTERM", async () => { await server.shutdown(100); process.exit(0); });
}

function addTypes(space, ns, plant) {
  const add = (name, dataType, value, arrayType, dimensions) => ns.addVariable({ organizedBy: plant, nodeId: `s=T.${name}`, browseName: name, dataType,
    valueRank: arrayType === undefined ? -1 : dimensions ? dimensions.length : 1, arrayDimensions: dimensions,
    value: { dataType: DataType[dataType], arrayType: arrayType ?? VariantArrayType.Scalar, value, dimensions } });
  add("Boolean", "Boolean", true);
  add("SByte", "SByte", -5);
  add("Byte", "Byte", 200);
  add("Int16", "Int16", -12345);
  add("UInt16", "UInt16", 54321);
  add("Int32", "Int32", -123456789);
  add("UInt32", "UInt32", 3123456789);
  add("Int64", "Int64", [0x7fffffff, 0xffffffff]);
  add("UInt64", "UInt64", [0xffffffff, 0xffffffff]);
  add("Float", "Float", 1.5);
  add("Double", "Double", Math.PI);
  add("String", "String", "Prüfstand °C 日本");
  add("DateTime", "DateTime", new Date("2026-01-02T03:04:05.678Z"));
  add("Guid", "Guid", "72962B91-FA75-4AE6-8D28-B404DC7DAF63");
  add("ByteString", "ByteString", Buffer.from([1, 2, 3, 255]));
  add("LocalizedText", "LocalizedText", { text: "Druck", locale: "de" });
  add("QualifiedName", "QualifiedName", { namespaceIndex: 1, name: "Pumpe" });
  add("NodeId", "NodeId", opcua.resolveNodeId("ns=1;s=Tank"));
  add("ExpandedNodeId", "ExpandedNodeId", new opcua.ExpandedNodeId(opcua.NodeIdType.NUMERIC, 2258, 0));
  add("StatusCode", "StatusCode", StatusCodes.BadOutOfService);
  add("XmlElement", "XmlElement", "<a>1</a>");
  add("Floats", "Float", new Float32Array([1.5, -2.5]), VariantArrayType.Array);
  add("Booleans", "Boolean", [true, false, true], VariantArrayType.Array);
  add("Int64s", "Int64", [[0, 1], [0x7fffffff, 0xffffffff]], VariantArrayType.Array);
  add("Times", "DateTime", [new Date("2026-01-02T03:04:05Z"), new Date("2027-01-02T03:04:05Z")], VariantArrayType.Array);
  add("Empty", "Double", new Float64Array([]), VariantArrayType.Array);
  add("Doubles", "Double", new Float64Array([1, 2, 3, 4.5]), VariantArrayType.Array);
  add("Strings", "String", ["a", null, "c"], VariantArrayType.Array);
  add("Matrix", "Int32", new Int32Array([1, 2, 3, 4, 5, 6]), VariantArrayType.Matrix, [2, 3]);
  const state = ns.addEnumerationType({ browseName: "PumpState", enumeration: ["Stopped", "Starting", "Running", "Fault"] });
  ns.addVariable({ organizedBy: plant, nodeId: "s=T.Enum", browseName: "Enum", dataType: state, value: { dataType: DataType.Int32, value: 2 } });
  ns.addMultiStateDiscrete({ organizedBy: plant, nodeId: "s=T.Mode", browseName: "Mode", enumStrings: ["Off", "Auto", "Hand"], value: 1 });
  ns.addTwoStateDiscrete({ organizedBy: plant, nodeId: "s=T.Valve", browseName: "Valve", trueState: "Open", falseState: "Closed", value: true });
  const scan = space.findDataType("ScanDataEpc", space.getNamespaceIndex("http://opcfoundation.org/UA/AutoID/"));
  ns.addVariable({ organizedBy: plant, nodeId: "s=T.Struct", browseName: "Struct", dataType: scan, value: { dataType: DataType.ExtensionObject,
    value: space.constructExtensionObject(scan, { PC: 12, uId: Buffer.from("hello"), XPC_W1: 10, XPC_W2: 12 }) } });
  const structure = (name, type, value) => { // a union, optional members, and both inside of another structure
    const of = space.findDataType(type, space.getNamespaceIndex("http://opcfoundation.org/UA/AutoID/"));
    ns.addVariable({ organizedBy: plant, nodeId: `s=T.${name}`, browseName: name, dataType: of,
      value: { dataType: DataType.ExtensionObject, value: space.constructExtensionObject(of, value) } });
  };
  structure("Union", "ScanData", { string: "4006381333931" });
  structure("Optional", "ScanSettings", { duration: 1500, cycles: 3, dataAvailable: true });
  structure("Nested", "ScanResult", { codeType: "EAN13", scanData: { string: "4006381333931" }, timestamp: new Date("2026-01-02T03:04:05Z") });
  const reading = (name, statusCode, age) => ns.addVariable({ organizedBy: plant, nodeId: `s=T.${name}`, browseName: name, dataType: "Double",
    value: { timestamped_get: () => new DataValue({ value: new Variant({ dataType: DataType.Double, value: 1.5 }), statusCode, sourceTimestamp: new Date(Date.now() - age) }) } });
  reading("Bad", StatusCodes.BadSensorFailure, 0);
  reading("Uncertain", StatusCodes.UncertainLastUsableValue, 60000);
  ns.addVariable({ organizedBy: plant, nodeId: "s=T.Odd#Name", browseName: "Odd", dataType: "Int32", value: { dataType: DataType.Int32, value: 7 } });
}

function addWritable(ns, plant) {
  let setpoint = 42;
  ns.addAnalogDataItem({ organizedBy: plant, nodeId: "s=W.Setpoint", browseName: "Setpoint", dataType: DataType.Double, engineeringUnitsRange: { low: 0, high: 100 }, engineeringUnits: standardUnits.bar,
    value: { get: () => new Variant({ dataType: DataType.Double, value: setpoint }), set: (v) => { setpoint = v.value; return StatusCodes.Good; } } });
  ns.addVariable({ organizedBy: plant, nodeId: "s=W.ReadOnly", browseName: "ReadOnly", dataType: "Double", accessLevel: makeAccessLevelFlag("CurrentRead"), userAccessLevel: makeAccessLevelFlag("CurrentRead"), value: { dataType: DataType.Double, value: 7 } });
  const plain = (name, dataType, value, arrayType) => ns.addVariable({ organizedBy: plant, nodeId: `s=W.${name}`, browseName: name, dataType, valueRank: arrayType ? 1 : -1,
    accessLevel: makeAccessLevelFlag("CurrentRead | CurrentWrite"), userAccessLevel: makeAccessLevelFlag("CurrentRead | CurrentWrite"),
    value: { dataType: DataType[dataType], arrayType: arrayType ?? VariantArrayType.Scalar, value } });
  plain("Boolean", "Boolean", false);
  plain("Byte", "Byte", 0);
  plain("Int16", "Int16", 0);
  plain("UInt32", "UInt32", 0);
  plain("Int64", "Int64", [0, 0]);
  plain("Float", "Float", 0);
  plain("String", "String", "");
  for (let i = 0; i < 40; i++) plain(`Own${i}`, "Int16", 0); // for tests that run beside each other
  plain("Doubles", "Double", new Float64Array([1, 2, 3]), VariantArrayType.Array);
  ns.addVariable({ organizedBy: plant, nodeId: "s=W.Refuses", browseName: "Refuses", dataType: "Double",
    value: { get: () => new Variant({ dataType: DataType.Double, value: 1 }), set: () => StatusCodes.BadDeviceFailure } });
}

function addHistory(space, ns, plant) {
  const hist = ns.addAnalogDataItem({ organizedBy: plant, nodeId: "s=HIST", browseName: "HIST", dataType: DataType.Double, engineeringUnitsRange: { low: 0, high: 100 }, engineeringUnits: standardUnits.bar, value: { dataType: DataType.Double, value: 0 } });
  const begin = Math.floor(Date.now() / 1000) * 1000 - set.history * 1000;
  hist.setValueFromSource({ dataType: DataType.Double, value: 0 }, StatusCodes.Good, new Date(begin - 1000));
  space.installHistoricalDataNode(hist, { maxOnlineValues: 100000 });
  // LIVE is historized while it runs: it counts up five times a second.
  const live = ns.addVariable({ organizedBy: plant, nodeId: "s=LIVE", browseName: "LIVE", dataType: "Double", minimumSamplingInterval: 50, value: { dataType: DataType.Double, value: 0 } });
  space.installHistoricalDataNode(live, { maxOnlineValues: 10000 });
  let n = 0;
  setInterval(() => live.setValueFromSource({ dataType: DataType.Double, value: ++n }), 200);
  for (let i = 0; i < set.history; i++) hist.setValueFromSource({ dataType: DataType.Double, value: i }, StatusCodes.Good, new Date(begin + i * 1000));
  return (to) => { n = to ?? n; return n; };
}

function addMethod(ns, plant) {
  const pump = ns.addObject({ organizedBy: plant, nodeId: "s=Pump", browseName: "Pump" });
  const start = ns.addMethod(pump, { nodeId: "s=Pump.Start", browseName: "Start", inputArguments: [{ name: "speed", description: { text: "rpm" }, dataType: DataType.Double }],
    outputArguments: [{ name: "started", description: { text: "" }, dataType: DataType.Boolean }, { name: "speed", description: { text: "" }, dataType: DataType.Double }] });
  start.bindMethod((inputs, context, done) => {
    if (inputs[0].value > 3000) return done(null, { statusCode: StatusCodes.BadOutOfRange });
    done(null, { statusCode: StatusCodes.Good, outputArguments: [{ dataType: DataType.Boolean, value: true }, { dataType: DataType.Double, value: inputs[0].value / 2 }] });
  });
}

function addAlarm(space, ns, plant) {
  space.installAlarmsAndConditionsService();
  const tank = ns.addObject({ organizedBy: plant, nodeId: "s=Tank", browseName: "Tank", eventNotifier: 1, notifierOf: space.rootFolder.objects.server });
  const level = ns.addAnalogDataItem({ componentOf: tank, nodeId: "s=Tank.Level", browseName: "Level", dataType: DataType.Double, engineeringUnitsRange: { low: 0, high: 100 }, engineeringUnits: standardUnits.percent, eventSourceOf: tank, value: { dataType: DataType.Double, value: 50 } });
  const alarm = ns.instantiateExclusiveLimitAlarm("ExclusiveLimitAlarmType", { browseName: "LevelAlarm", conditionName: "LevelAlarm", componentOf: tank, conditionSource: level, inputNode: level, optionals: ["ConfirmedState", "Confirm", "ShelvingState"], maxTimeShelved: 3600000, highHighLimit: 90, highLimit: 80, lowLimit: 20, lowLowLimit: 10 });
  alarm.shelvingState.setState("Unshelved");
  return level;
}

main().catch((err) => { console.error("FATAL", err); process.exit(1); });
