// zigbee-herdsman against the virtual coordinator: start, join, interview, read, switch, reports, leave, resume.
// Usage: node herdsman.mjs tcp://HOST:PORT DIRECTORY. One line a step; ends non-zero at the first that fails.

import { Controller, setLogger } from "zigbee-herdsman";

const [port, directory] = process.argv.slice(2);
const PLUG = "0x00124b0000000a01";
const SENSOR = "0x00124b0000000a02";
const SENSOR_INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5";

const options = {
    network: {
        panID: 0x1a62,
        extendedPanID: [0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8],
        channelList: [20],
        networkKey: [1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14],
    },
    serialPort: { path: port, adapter: "zstack" },
    databasePath: `${directory}/herdsman.db`,
    databaseBackupPath: `${directory}/herdsman.db.backup`,
    backupPath: `${directory}/coordinator_backup.json`,
    adapter: {},
    acceptJoiningDeviceHandler: async () => true,
};

const quiet = () => {};
const loud = (message, where) => console.error(`  ${where}: ${typeof message === "function" ? message() : message}`);
setLogger({ debug: process.env.PEERS_DEBUG ? loud : quiet, info: quiet, warning: loud, error: loud });

const say = (step, what) => console.log(`${step.padEnd(12)} ${what}`);

function waitFor(controller, event, test, seconds) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            controller.off(event, look);
            reject(new Error(`no ${event} within ${seconds} s`));
        }, seconds * 1000);
        function look(payload) {
            if (!test(payload)) return;
            clearTimeout(timer);
            controller.off(event, look);
            resolve(payload);
        }
        controller.on(event, look);
    });
}

const interviewed = (controller, ieee) =>
    waitFor(controller, "deviceInterview", (e) => e.device.ieeeAddr === ieee && e.status === "successful", 20);

const reported = (controller, ieee, cluster) =>
    waitFor(
        controller,
        "message",
        (m) => m.device.ieeeAddr === ieee && m.type === "attributeReport" && m.cluster === cluster,
        15,
    );

async function firstRun() {
    const controller = new Controller(options);
    const began = Date.now();
    say("start", `${await controller.start()} in ${Date.now() - began} ms`);
    const version = await controller.getCoordinatorVersion();
    say("coordinator", `${version.type} revision ${version.meta.revision}`);

    const sensorThere = interviewed(controller, SENSOR);
    const plugThere = interviewed(controller, PLUG);
    await controller.addInstallCode(`${SENSOR.slice(2)}|${SENSOR_INSTALL_CODE}`);
    await controller.permitJoin(60);
    const plug = (await plugThere).device;
    say("join", `${plug.ieeeAddr} at 0x${plug.networkAddress.toString(16)}, openly`);
    const sensor = (await sensorThere).device;
    say("join", `${sensor.ieeeAddr} at 0x${sensor.networkAddress.toString(16)}, with its install code`);
    say("interview", `${plug.modelID} by ${plug.manufacturerName}, ${plug.type}, endpoints ${plug.endpoints.map((e) => e.ID)}`);
    say("interview", `${sensor.modelID} by ${sensor.manufacturerName}, ${sensor.type}, ${sensor.powerSource}`);

    const endpoint = plug.getEndpoint(1);
    const read = await endpoint.read("seMetering", ["currentSummDelivered", "unitOfMeasure", "divisor"]);
    say("read", JSON.stringify(read, (_, v) => (typeof v === "bigint" ? Number(v) : v)));

    const switched = reported(controller, PLUG, "genOnOff");
    await endpoint.command("genOnOff", "off", {});
    say("command", `off, and it reports onOff ${(await switched).data.onOff}`);
    await endpoint.command("genOnOff", "on", {});

    await endpoint.bind("haElectricalMeasurement", controller.getDevicesByType("Coordinator")[0].getEndpoint(1));
    await endpoint.configureReporting("haElectricalMeasurement", [
        { attribute: "activePower", minimumReportInterval: 1, maximumReportInterval: 2, reportableChange: 0 },
    ]);
    say("configure", "binding and reporting of haElectricalMeasurement");
    const power = await reported(controller, PLUG, "haElectricalMeasurement");
    say("report", `${power.cluster} ${JSON.stringify(power.data)}`);
    const summation = await reported(controller, PLUG, "seMetering");
    say("report", `${summation.cluster} ${JSON.stringify(summation.data)}`);
    const temperature = await reported(controller, SENSOR, "msTemperatureMeasurement");
    say("report", `${temperature.cluster} ${JSON.stringify(temperature.data)} from a sleeping device`);

    const asleep = await sensor.getEndpoint(1).read("msTemperatureMeasurement", ["measuredValue"]);
    say("read", `${JSON.stringify(asleep)} from a sleeping device`);
    const backup = await controller.backup?.();
    say("backup", backup === undefined ? "written" : "made");
    await controller.permitJoin(0);
    await controller.stop();
}

async function secondRun() {
    const controller = new Controller(options);
    say("restart", await controller.start());
    const plug = controller.getDeviceByIeeeAddr(PLUG);
    const read = await plug.getEndpoint(1).read("genOnOff", ["onOff"]);
    say("read", `onOff ${read.onOff} without joining again`);
    await reported(controller, PLUG, "seMetering");
    say("report", "seMetering goes on");
    // Of a device it removed itself the controller says nothing more; its adapter still hears it leave.
    const left = waitFor(controller.adapter, "deviceLeave", (e) => e.ieeeAddr === PLUG, 10);
    await plug.removeFromNetwork();
    await left;
    say("leave", "the plug was told to leave, and left");
    await controller.stop();
}

try {
    await firstRun();
    await secondRun();
    say("done", "zigbee-herdsman accepts the virtual coordinator");
    process.exit(0);
} catch (error) {
    console.error(`FAILED       ${error?.message ?? error}`);
    process.exit(1);
}
