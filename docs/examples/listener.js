// Hears of every event of a workspace, once, in the order in which their transactions committed.
//
//     node listener.js NAME          connects as PGHOST, PGPORT, PGUSER, PGDATABASE say; needs level viewer
//
// NOTIFY only says that there is something; events_since() says what. The place up to which events are dealt with stands in a
// table of this program's own, written in the transaction in which they are dealt with: whether this program, its connection
// or the server ends between any two lines, it goes on where it was, and leaves nothing out and does nothing twice.
'use strict';

const { Client } = require('pg');

const name = process.argv[2] || 'listener';
const MOST = 500; // events of one transaction
const LOOK_ANYWAY = 60000; // ms; a notice may be lost with a connection that nobody saw break
const LONGEST_PAUSE = 30000; // ms between attempts to connect

// What is to be done with an event. In the same database it is done within the transaction; elsewhere it has to bear being
// done again, by event.position, since a commit may come to nothing after it.
async function deal(client, event) {
    await client.query(
        'INSERT INTO listener_heard (listener, position, event_id, kind, campaign_id, prospect_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        [name, event.position, event.id, event.kind, event.campaign_id, event.prospect_id, event.at]);
}

async function prepare(client) {
    await client.query('CREATE TABLE IF NOT EXISTS listener_place (listener text PRIMARY KEY, position text)');
    await client.query(`CREATE TABLE IF NOT EXISTS listener_heard (listener text, n bigserial, position text, event_id bigint, kind text,
        campaign_id bigint, prospect_id bigint, at timestamptz, PRIMARY KEY (listener, position))`);
    await client.query('INSERT INTO listener_place (listener) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
}

// Deals with the next events; how many they were.
async function step(client) {
    await client.query('BEGIN');
    // locked, so that two programs of one name take turns
    const place = await client.query('SELECT position FROM listener_place WHERE listener = $1 FOR UPDATE', [name]);
    const events = await client.query('SELECT * FROM campaign.events_since($1, $2)', [place.rows[0].position, MOST]);
    for (const event of events.rows) {
        await deal(client, event);
    }
    if (events.rows.length > 0) {
        await client.query('UPDATE listener_place SET position = $2 WHERE listener = $1', [name, events.rows[events.rows.length - 1].position]);
    }
    await client.query('COMMIT');
    return events.rows.length;
}

// Listens on one connection until that breaks.
async function listen() {
    const client = new Client({ application_name: name });
    let wake = () => {};
    let told = false;
    let broken = null;
    const tell = () => { told = true; wake(); };
    const breaks = (error) => { broken = broken || error || new Error('the connection was closed'); wake(); };
    client.on('error', breaks);
    client.on('end', () => breaks());
    client.on('notification', tell);
    try {
        await client.connect();
        await prepare(client);
        await client.query('LISTEN campaign'); // before the first look: what commits after it is told of
        console.log('listening');
        for (;;) {
            told = false;
            while (await step(client) === MOST);
            if (!told && !broken) {
                await new Promise((resolve) => { wake = resolve; setTimeout(resolve, LOOK_ANYWAY).unref(); });
            }
            if (broken) {
                throw broken;
            }
        }
    } finally {
        client.end().catch(() => {});
    }
}

async function main() {
    // the event loop has to have something to wait for, whatever becomes of a connection
    setInterval(() => {}, 1 << 30);
    for (let pause = 250; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        const began = Date.now();
        try {
            await listen();
        } catch (error) {
            if (String(error.message).startsWith('cursor_unknown')) {
                // another log: the database was restored. What was dealt with since is for a person to decide.
                console.error(`${error.message}\nLook what is missing, then: DELETE FROM listener_place WHERE listener = '${name}'`);
                process.exit(2);
            }
            console.error(`again in a moment: ${error.message}`);
        }
        if (Date.now() - began > LONGEST_PAUSE) {
            pause = 250;
        }
        await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
}

main();
