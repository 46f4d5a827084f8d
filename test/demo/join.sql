-- The rest of the list joins the running campaign: who has been in it is refused, and that is all.
SELECT format('%s %s', count(*), result) FROM campaign.enroll(campaign.campaign_id('Spring'), ARRAY(
    SELECT prospect_id FROM campaign.list_prospect WHERE list_id = campaign.list_id('spring')))
    GROUP BY result ORDER BY result DESC;
