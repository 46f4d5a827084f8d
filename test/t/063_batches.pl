# Requests that carry several actions, against doubles of HubSpot and Dropcontact, through the real loop: each action
# has its own outcome, key and credit, whatever the answer says of the others, in whatever order, or leaves out; and
# whenever the dispatcher dies (S2.16, S2.17, B6).
# Runs beside others.
use strict;
use warnings;

use lib 'test/perl';
use CampaignGateway;
use CampaignServices;
use CampaignTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node('install_path' => $ENV{CAMPAIGN_FAULTS}, 'campaign.safety_poll' => '1s');
$node->safe_psql('postgres', 'CREATE EXTENSION campaign');
$node->safe_psql('postgres', q(INSERT INTO campaign.workspace_setting (workspace_id, plan) VALUES (1, 'business')));

my $secret = 'pat-77aa';
my $upsert = '/crm/v3/objects/contacts/batch/upsert';
my $hubspot = start_hubspot(token => $secret);

sub people { return [ map { { first_name => "P$_", email => "p$_\@mail.example" } } @_ ] }

sub to_hubspot
{
	my (%wish) = @_;
	return service_campaign($node, adapter => 'hubspot', url => $hubspot->url, secret => $secret, steps => '[{"crm_sync": {}}]', %wish);
}

# What has been asked since the last time, as the numbers of actions in each request.
my $seen = 0;

sub sizes
{
	my @all = $hubspot->requests(path => $upsert);
	my @new = @all[ $seen .. $#all ];
	$seen = @all;
	return join ' ', map { scalar @{ $_->{json}{inputs} } } @new;
}

sub ends
{
	my ($campaign) = @_;
	return "SELECT string_agg(concat_ws(' ', n, COALESCE(end_kind, status), code), ', ' ORDER BY end_kind, code)"
		. " FROM (SELECT end_kind, status, code, count(*) AS n FROM campaign.prospect_status WHERE campaign_id = $campaign->{id} GROUP BY 1, 2, 3) s";
}

# ---- many in one -------------------------------------------------------------------------------------------

my $many = to_hubspot(people => people(1 .. 120));
ok(poll_until($node, ends($many), '120 success success', 30), 'many are handed over');
my @sizes = split / /, sizes();
cmp_ok(scalar @sizes, '<', 30, 'in few requests');
ok(!(grep { $_ > 100 } @sizes), 'none of which has more than it may have');
is(scalar keys %{ held($hubspot) }, 120, 'and each is there once');
is($node->safe_psql('postgres', "SELECT count(*), count(DISTINCT key), sum(attempt) FROM campaign.action WHERE campaign_id = $many->{id}"), '120|120|120', 'each action has its key and one attempt');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.contact_value WHERE account_id = $many->{account} AND name = 'contact_id'"), '120', 'and what the service calls each is kept');
is($node->safe_psql('postgres', "SELECT count(*) FROM campaign.action a JOIN campaign.action o ON o.campaign_id = a.campaign_id AND o.id <> a.id JOIN campaign.prospect p ON p.id = o.prospect_id"
	. " WHERE a.campaign_id = $many->{id} AND a.outcome::text LIKE '%\"' || p.email || '\"%'"), '0', 'what is kept of an answer tells of nobody else');

# Two with the same address, in whatever case, are in one request never: HubSpot would refuse all of it.
my $same = to_hubspot(people => [ @{ people(1 .. 3) }, { first_name => 'Again', email => 'P2@mail.example' } ]);
ok(poll_until($node, ends($same), '4 success success', 30), 'of a list in which an address is twice all are handed over');
ok(!(grep { my %met; grep { $met{ lc $_->{id} }++ } @{ $_->{json}{inputs} } } $hubspot->requests(path => $upsert)), 'in no request twice');
is(scalar(grep { $_->{status} == 400 } $hubspot->requests(path => $upsert)), 0, 'and none was refused');

# A pace of one place and one request: nothing else leaves for want of a place.
my $narrow = to_hubspot(people => people(1 .. 40), options => { places => 1 });
sizes();
ok(poll_until($node, ends($narrow), '40 success success', 30), 'with one place all are handed over');

# ---- what an answer says of each -----------------------------------------------------------------------------

my $partial = to_hubspot(people => [ @{ people(1 .. 4) }, { first_name => 'No', email => 'no@nowhere' }, { first_name => 'Busy', email => 'busy@mail.example' } ]);
ok(poll_until($node, ends($partial), '1 error invalid_contact, 5 success success', 30), 'one that is refused, and one that is put in again, are so by themselves');

# Answers that leave some out, have strangers in them, and come in another order: rows of our own, whose service is a test's.
my %answers;
my $odd = start_gateway(sub {
	my ($request) = @_;
	my @items = map { { ref => $_->{ref}, mail => $_->{mail}, id => "id-$_->{ref}" } } @{ $request->{json}{list} };
	return { status => 200, json => { done => [ { ref => 'a stranger', mail => 'x@y.example', id => 'id-x' }, grep { $_->{mail} !~ /^left-out/ } reverse @items ] } }
		if $request->{path} eq '/by-id';
	return { status => 200, json => { done => [ map { $_->{mail} =~ /^bad/ ? { error => 'bad' } : { id => "id-$_->{ref}" } } @items ] } };
});
for my $how ([ 'by-id', '$.body.done[*] ? (@.ref == $action_id)' ], [ 'by-index', '$.body.done[$batch.index]' ], [ 'by-mail', '$.body.done[*] ? (@.mail == $batch.unique)' ])
{
	my ($name, $item) = @$how;
	my $path = $name eq 'by-mail' ? 'by-id' : $name;
	$node->safe_psql('postgres', <<"SQL");
INSERT INTO campaign.adapter (name, action_kind, path, headers, body, item, batch, repeatable, takes) VALUES ('$name', 'crm_sync', '/$path', '{"X-Key": "{{secret}}"}',
	'{"list": [{"ref": "{{action_id}}", "mail": "{{prospect.email}}"}]}', ARRAY['$item']::jsonpath[], '{"most": 10, "array": "list", "unique": "mail"}', false, '{"kept.ref": "\$.item.id"}');
INSERT INTO campaign.adapter_answer (name, rank, condition, meaning, code) VALUES
	('$name', 1, 'exists(\$.item.id)', 'accepted', NULL), ('$name', 2, '\$.item.error == "bad"', 'refused', 'bad'), ('$name', 3, '\$.status == 200', 'unknown', NULL);
SQL
}

sub oddly
{
	my ($adapter, @mails) = @_;
	my $campaign = service_campaign($node, adapter => $adapter, url => $odd->url, secret => $secret, steps => '[{"crm_sync": {}}]', people => [ map { { email => "$_\@mail.example" } } @mails ]);
	my $states = "SELECT string_agg(n || ' ' || s, ', ' ORDER BY s) FROM (SELECT concat_ws(' ', state, reason) AS s, count(*) AS n FROM campaign.action WHERE campaign_id = $campaign->{id} GROUP BY 1) x";
	return ($campaign, $states);
}

for my $name (qw(by-id by-mail))
{
	my ($campaign, $states) = oddly($name, (map { "p$_" } 1 .. 5), 'left-out');
	ok(poll_until($node, $states, '5 complete, 1 held unknown_outcome', 30), "$name: one of which a complete answer says nothing is held, the others are done, in any order and with strangers among them");
	is($node->safe_psql('postgres', "SELECT bool_and(v.value #>> '{}' = 'id-' || a.id) FROM campaign.contact_value v JOIN campaign.action a ON a.prospect_id = v.prospect_id WHERE a.campaign_id = $campaign->{id} AND v.name = 'ref'"),
		't', 'each has its own answer');
	is($node->safe_psql('postgres', "SELECT outcome->>'detail' FROM campaign.action WHERE campaign_id = $campaign->{id} AND state = 'held'"), 'the answer says nothing of this action', 'which says why');
}
my ($placed, $states) = oddly('by-index', 'p1', 'bad', 'p2', 'p3');
ok(poll_until($node, $states, '3 complete, 1 failed bad', 30), 'by index: each has what stands in its place');

# ---- refused as a whole ----------------------------------------------------------------------------------------

sizes();
$hubspot->next_answer({ method => 'POST', path => $upsert, status => 400, json => { status => 'error', category => 'VALIDATION_ERROR', message => 'Duplicate IDs found' } });
my $apart = to_hubspot(people => people(1 .. 5));
ok(poll_until($node, ends($apart), '5 success success', 30), 'what is refused as a whole goes one by one');
my @after = split / /, sizes();
cmp_ok(scalar(grep { $_ == 1 } @after), '>=', $after[0], 'each by itself') or diag("@after");
is($node->safe_psql('postgres', "SELECT max(e.attempts_before) FROM campaign.exchange e JOIN campaign.action a ON a.id = e.action_id WHERE a.campaign_id = $apart->{id}"), '1', 'which counts for no attempt');

# ---- never across accounts ----------------------------------------------------------------------------------------

my @two = map { to_hubspot(people => people(1 .. 5), address => "desk-$_") } 1 .. 2;
ok(poll_until($node, ends($_), '5 success success', 30), 'two accounts hand over') for @two;
my %account_of = map { split /\|/ } split /\n/, $node->safe_psql('postgres', "SELECT a.key, l.account_id FROM campaign.action a JOIN campaign.lane l ON l.id = a.lane_id");
ok(!(grep { my %of = map { $account_of{ $_->{objectWriteTraceId} } => 1 } @{ $_->{json}{inputs} }; keys %of > 1 } $hubspot->requests(path => $upsert)), 'in no request together');

# ---- found in batches, one credit each ---------------------------------------------------------------------------------

my $dropcontact = start_dropcontact(key => $secret, ready_after => 0, finds => { Ada => [ 'ada@acme.example', 'nominative@pro' ] });
$node->safe_psql('postgres', q(
	INSERT INTO campaign.adapter (name, action_kind, position, role, method, path, headers, body, repeatable, takes, every, item, batch)
	SELECT name, action_kind, position, role, method, path, headers, body, repeatable, takes, CASE WHEN role = 'poll' THEN interval '1 second' END, item, batch
	FROM campaign.adapter WHERE workspace_id = 0 AND name = 'dropcontact'));
my $before = $node->safe_psql('postgres', 'SELECT balance FROM campaign.credit_balance');
my $search = service_campaign($node, adapter => 'dropcontact', url => $dropcontact->url, secret => $secret, settings => {},
	steps => '[{"find_email": {}}, {"branch": [{"when": "email_found", "then": [{"end": "success"}]}, {"else": [{"end": "failure"}]}]}]',
	people => [ map { { first_name => $_, last_name => 'Berg', company => 'Acme' } } ('Ada', 'Ben') x 20 ]);
ok(poll_until($node, ends($search), '20 failure failure, 20 success success', 40), 'forty are searched for, and half of them found');
my @posts = $dropcontact->requests(method => 'POST');
cmp_ok(scalar @posts, '<', 20, 'in few requests');
cmp_ok(scalar(my @gets = $dropcontact->requests(method => 'GET')), '<', 40, 'which are asked about together');
is($before - $node->safe_psql('postgres', 'SELECT balance FROM campaign.credit_balance'), 40, 'each search costs its credit');

# ---- the dispatcher dies, before, in and after -------------------------------------------------------------------------

sub die_at
{
	my ($point) = @_;
	append_to_file($node->data_dir . '/campaign.faults', "fatal $point\n");
}

for my $point (qw(starts.commit starts.committed submit.after flight.landed outcomes.commit))
{
	my @people = map { { first_name => $point, email => "$point-$_\@mail.example" } } 1 .. 8;
	die_at($point);
	my $died = to_hubspot(people => \@people);
	ok(poll_until($node, ends($died), '8 success success', 60), "$point: all are handed over");
	ok(!-s $node->data_dir . '/campaign.faults', 'after the dispatcher has died');
	is(scalar(grep { ($_->{firstname} // '') eq $point } values %{ held($hubspot) }), 8, 'each once');

	next if $point eq 'starts.commit';
	die_at($point);
	my ($unsure, $states) = oddly('by-index', map { "$point-$_" } 1 .. 4);
	ok(poll_until($node, "SELECT count(*) FROM campaign.action WHERE campaign_id = $unsure->{id} AND (state = 'complete' OR reason = 'unknown_outcome')", '4', 60), 'where a repeat would do harm nobody repeats it')
		or diag($node->safe_psql('postgres', $states));
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM campaign.action WHERE campaign_id = $unsure->{id} AND reason = 'unknown_outcome'"), '>=', 1, 'and all that were in the request are held');
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM campaign.stuck'), '0', 'nobody is stuck (B5)');

$_->stop for $hubspot, $dropcontact, $odd;
$node->stop;
done_testing();
