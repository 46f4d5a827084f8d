=head1 NAME

CampaignAdapter - doubles of services for the TAP tests, and campaigns that speak to them by adapters

=head1 SYNOPSIS

  my $gateway = start_gateway('unipile', '--token', 'key');
  my $campaign = gateway_campaign($node, adapter => 'unipile', url => $gateway->url('/api/v1'),
      token => 'key', steps => '[{"invite": {}}]', people => ['jane', 'joe--invite-already_connected']);
  poll_until($node, left_open($campaign), '0', 30);

=cut

package CampaignAdapter;

use strict;
use warnings;

use Exporter 'import';
use HTTP::Tiny ();
use IPC::Run ();
use JSON::PP ();
use PostgreSQL::Test::Utils;

use CampaignTest ();

our @EXPORT = qw(start_gateway gateway_campaign ends_of);

my $channels = 0;
my @gateways;

=head1 FUNCTIONS

=over

=item start_gateway($name, @options)

The program test/gateway/$name, ended with the test.

=cut

sub start_gateway
{
	my ($name, @options) = @_;
	my $place = PostgreSQL::Test::Utils::tempdir('gateway');
	my $self = bless { log => "$place/log", output => "$place/output" }, __PACKAGE__ . '::Gateway';
	append_to_file($self->{log}, '');
	$self->{process} = IPC::Run::start([ "test/gateway/$name", '--log', $self->{log}, @options ], '<', '/dev/null', '>', $self->{output}, '2>&1');
	push @gateways, $self;
	CampaignTest::wait_until(sub { ($self->{port}) = slurp_file($self->{output}) =~ /listening (\d+)\n/ }, 20)
		or die 'the gateway does not listen: ' . slurp_file($self->{output});
	return $self;
}

=item gateway_campaign($node, adapter => $name, url => $url, token => $token, steps => $json, people => [...], account => $address, options => {}, columns => $sql)

Makes a channel with this adapter and secret, an account on it, prospects whose
linkedin_url ends in each of the names, which are their external ids too, a campaign
of these steps, launches it and enrols them. C<note> sets max_note_length,
C<connected> makes them relations first. Gives its id.

=cut

sub gateway_campaign
{
	my ($node, %wish) = @_;
	my $name = 'g' . ++$channels;
	my %options = (allow_http => JSON::PP::true, allow_private => JSON::PP::true, retry_first_ms => 50, retry_cap_ms => 100, %{ $wish{options} // {} });
	my $json = JSON::PP->new->canonical->encode(\%options);
	my $account = $wish{account} // $name;
	my $people = join ', ', map { "('$_')" } @{ $wish{people} };
	my $token = $wish{token} // 'token';
	my $note = $wish{note} // 'NULL';
	my $relations = $wish{connected} ? <<"SQL" : '';
SELECT count(*) AS imported FROM campaign.prospect p CROSS JOIN LATERAL campaign.record_event('connected', p.id, account => :account) WHERE p.source = '$name' \\gset
SQL

	return $node->safe_psql('postgres', <<"SQL");
\\set QUIET 1
\\pset tuples_only on
SET client_min_messages = warning;
SELECT campaign.set_secret('$name', '$token') \\gset
INSERT INTO campaign.channel (name, transport, adapter, url, secret, options)
	VALUES ('$name', 'http', '$wish{adapter}', '$wish{url}', '$name', '$json') RETURNING id AS channel \\gset
INSERT INTO campaign.member (name) VALUES ('$name') RETURNING id AS member \\gset
INSERT INTO campaign.account (member_id, channel_id, address, provider, max_note_length)
	VALUES (:member, :channel, '$account', 'linkedin', $note) RETURNING id AS account \\gset
INSERT INTO campaign.prospect (external_id, source, first_name, linkedin_url)
	SELECT v.name, '$name', 'Jane', 'https://www.linkedin.com/in/' || v.name || '/' FROM (VALUES $people) v (name);
$relations
SELECT campaign.create_sequence('$name', \$json\$$wish{steps}\$json\$) AS sequence \\gset
SELECT campaign.create_campaign('$name', '$name', :member, ARRAY[:account]::bigint[]) AS campaign \\gset
SELECT campaign.launch(:campaign) \\gset
SELECT count(*) AS enrolled FROM campaign.enroll(:campaign, ARRAY(SELECT id FROM campaign.prospect WHERE source = '$name')) \\gset
\\echo :campaign
SQL
}

=item ends_of($node, $campaign)

How each prospect stands, by external id: a hash of texts such as C<success> or
C<error already_connected>, or, while he is inside, C<held no_credit> or C<queued>.

=cut

sub ends_of
{
	my ($node, $campaign) = @_;
	my %ends = map { split /\|/, $_, 2 } split /\n/, $node->safe_psql('postgres', <<"SQL");
SELECT p.external_id, concat_ws(' ', COALESCE(e.end_kind, a.state), NULLIF(CASE WHEN e.end_kind IS NULL THEN a.reason ELSE e.code END, e.end_kind))
FROM campaign.enrollment e
JOIN campaign.prospect p ON p.workspace_id = e.workspace_id AND p.id = e.prospect_id
LEFT JOIN campaign.action a ON a.workspace_id = e.workspace_id AND a.id = e.action_id
WHERE e.campaign_id = $campaign
SQL
	return \%ends;
}

END
{
	my $status = $?;
	$_->stop for @gateways;
	$? = $status;
}

=back

=head1 METHODS OF A GATEWAY

=over

=item url($path)

Its address.

=item requests

What it was sent, in order: a hash for each, with method, path, query, body, status, effect.

=item effects($name)

What the network saw of the profile with this name: C<visit>, C<invite>, C<message>, in order.

=item control(%query)

Sets what the double is to do: see its head.

=item stop

Ends it.

=back

=cut

package CampaignAdapter::Gateway;

use strict;
use warnings;

sub url
{
	my ($self, $path) = @_;
	return "http://127.0.0.1:$self->{port}" . ($path // '');
}

sub requests
{
	my ($self) = @_;
	open my $in, '<', $self->{log} or die "could not open $self->{log}: $!";
	return map { JSON::PP->new->utf8->decode($_) } grep { /\n$/ } <$in>;
}

sub effects
{
	my ($self, $name) = @_;
	return join ' ', map { $_->{effect} } grep {
		$_->{effect} && join(' ', $_->{path}, map { $_ // '' } values %{ $_->{body} }) =~ m{(?:/|ACo_|r_)\Q$name\E(?:/|$| )}
	} $self->requests;
}

sub control
{
	my ($self, %query) = @_;
	my $text = join '&', map { "$_=$query{$_}" } keys %query;
	my $answer = HTTP::Tiny->new->post($self->url("/control?$text"));
	die "the gateway does not obey: $answer->{status}" unless $answer->{success};
}

sub stop
{
	my ($self) = @_;
	$self->{process}->kill_kill if $self->{process};
	delete $self->{process};
}

1;
